// Where milters are, and what they may take.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::filter {

struct MilterAddress {
  std::string host;  // with its port, or
  std::string port;
  std::string path;  // a socket of the file system
  std::string name;  // as the flag has it, for logs
};

// "inet:host:port,unix:/path", in the order in which they are asked; "inet:port@host" and
// "local:/path" as Sendmail writes them are taken too.
absl::StatusOr<std::vector<MilterAddress>> ParseMilters(absl::string_view text);

struct MilterOptions {
  std::chrono::milliseconds reply_timeout = std::chrono::seconds(30);
  std::chrono::milliseconds timeout =
      std::chrono::seconds(120);     // of a command, whatever its progress
  uint64_t largest_body = 64 << 20;  // that a filter may put in place of the message's
};

}  // namespace posthorn::filter
