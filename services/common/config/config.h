// Configuration: every Abseil flag NAME has the environment twin POSTHORN_<NAME in capitals>, and
// POSTHORN_<NAME>_FILE names a file that holds the value (for secrets). The command line wins over
// the environment. A POSTHORN_ name that no flag has is an error: a misspelt setting must not pass.
// Names that begin with POSTHORN_MAILCTL_ are for mailctl, which shares mailstore's container.
#pragma once

#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/config/count.h"

ABSL_DECLARE_FLAG(std::string, log_level);
ABSL_DECLARE_FLAG(std::string, log_format);
ABSL_DECLARE_FLAG(std::string, admin_listen);
ABSL_DECLARE_FLAG(posthorn::config::Count, drain_seconds);
ABSL_DECLARE_FLAG(std::string, rpc_ca_file);
ABSL_DECLARE_FLAG(std::string, rpc_cert_file);
ABSL_DECLARE_FLAG(std::string, rpc_key_file);
ABSL_DECLARE_FLAG(bool, healthcheck);

namespace posthorn::config {

// Applies the environment ("NAME=value" strings, null-terminated list as in environ) to the flags.
absl::Status ApplyEnvironment(char** environment);

// Start of every service's main(): environment, command line, log; with --healthcheck asks the
// running service's admin port and exits. Errors are printed as one line; then it exits with 2.
void Start(const std::string& service, int argc, char** argv);

// The value of a file without its last line end.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path);

}  // namespace posthorn::config
