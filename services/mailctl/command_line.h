// What the administrator typed, with the defaults of the environment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::mailctl {

// The process's exit codes.
enum ExitCode { kDone = 0, kRefused = 1, kUsage = 2, kUnreachable = 3 };

struct CommandLine {
  std::vector<std::string> words;  // command and arguments
  std::string mailstore = "localhost:9090";
  std::string ca_file = "/run/secrets/posthorn/mailctl/ca.crt";
  std::string cert_file = "/run/secrets/posthorn/mailctl/tls.crt";
  std::string key_file = "/run/secrets/posthorn/mailctl/tls.key";
  std::string quota;     // of new accounts, as typed
  std::string messages;  // limits of `account quota`, as typed
  std::string mailboxes;
  std::string site;  // of the queue, as typed
  std::string from;
  std::string to;
  std::string limit;  // of `queue log`, as typed
  std::string tls;    // of routes
  std::string user;
  std::string client_cert;
  std::string client_key;
  std::string algorithm;  // of DKIM keys
  std::string selector;
  std::string hostname;  // of the MX in `dns`
  int timeout_seconds = 30;
  bool batch = false;
  bool lmtp = false;
  bool sign = false;
  bool today = false;
  bool json = false;
  bool help = false;
};

// Options may stand anywhere, as --name=value or --name value; "--" ends them. Of the environment
// POSTHORN_MAILCTL_<OPTION> is read for the options that say where mailstore is; another name that
// begins so is an error. InvalidArgument with one line for the user. Pure.
absl::StatusOr<CommandLine> ParseCommandLine(const std::vector<std::string>& arguments,
                                             const std::map<std::string, std::string>& environment);

// A quota: a number of octets, or of KiB, MiB, GiB, TiB with K, M, G, T after it; "none" is 0.
absl::StatusOr<uint64_t> ParseSize(absl::string_view text);

}  // namespace posthorn::mailctl
