#include "common/config/config.h"

#include <grpc/support/log.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/reflection.h"
#include "absl/flags/usage.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/admin/healthcheck.h"
#include "common/failpoint/failpoint.h"
#include "common/log/log.h"

ABSL_FLAG(std::string, log_level, "info", "debug, info, warning or error");
ABSL_FLAG(std::string, log_format, "json", "json or text");
ABSL_FLAG(std::string, admin_listen, "0.0.0.0:9100",
          "host:port for /healthz/live, /healthz/ready and /metrics over HTTP");
ABSL_FLAG(posthorn::config::Count, drain_seconds, posthorn::config::Count(60),
          "longest time that SIGTERM lets work in hand go on, seconds");
ABSL_FLAG(std::string, rpc_ca_file, "", "PEM file: the authority of internal certificates");
ABSL_FLAG(std::string, rpc_cert_file, "", "PEM file: this service's internal certificate");
ABSL_FLAG(std::string, rpc_key_file, "", "PEM file: the key of rpc_cert_file");
ABSL_FLAG(bool, healthcheck, false, "ask the running service whether it is ready; exit 0 or 1");

namespace posthorn::config {
namespace {

constexpr absl::string_view kPrefix = "POSTHORN_";
constexpr absl::string_view kMailctlPrefix = "POSTHORN_MAILCTL_";

absl::Status SetFlag(absl::CommandLineFlag& flag, absl::string_view name,
                     const std::string& value) {
  std::string error;
  if (!flag.ParseFrom(value, &error)) {
    // The value itself may be a secret and is not repeated.
    return absl::InvalidArgumentError(absl::StrCat(name, " cannot be understood: ", error));
  }
  return absl::OkStatus();
}

absl::Status ApplyVariable(absl::string_view name, const std::string& value) {
  const std::string flag_name = absl::AsciiStrToLower(absl::StripPrefix(name, kPrefix));
  if (auto* flag = absl::FindCommandLineFlag(flag_name); flag != nullptr) {
    return SetFlag(*flag, name, value);
  }
  absl::string_view base = flag_name;
  if (absl::ConsumeSuffix(&base, "_file")) {
    if (auto* flag = absl::FindCommandLineFlag(base); flag != nullptr) {
      auto content = ReadSecretFile(value);
      if (!content.ok()) {
        return absl::Status(content.status().code(),
                            absl::StrCat(name, ": ", content.status().message()));
      }
      return SetFlag(*flag, name, *content);
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown setting ", name, " in the environment; see --helpfull for the names"));
}

[[noreturn]] void Fail(const std::string& service, absl::string_view message) {
  std::fprintf(stderr, "%s: %.*s\n", service.c_str(), static_cast<int>(message.size()),
               message.data());
  std::exit(2);
}

// gRPC writes to stderr by itself, in its own format; what it says is for those who look for it.
void LogFromGrpc(gpr_log_func_args* args) {
  if (args->severity >= GPR_LOG_SEVERITY_ERROR) {
    log::Debug("grpc", {{"text", args->message}});
  }
}

// Under load every wake-up would interrupt the thread that runs, so that each message is handled
// alone; as batch work threads end their turn and find more than one (docs/decisions.md). Whoever
// started the service with another policy has a reason for it.
void PreferThroughput() {
  const sched_param parameters{};
  if (sched_getscheduler(0) == SCHED_OTHER) {
    (void)sched_setscheduler(0, SCHED_BATCH, &parameters);
  }
}

}  // namespace

absl::StatusOr<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  while (!content.empty() && (content.back() == '\n' || content.back() == '\r')) {
    content.pop_back();
  }
  return content;
}

absl::Status ApplyEnvironment(char** environment) {
  for (char** entry = environment; *entry != nullptr; ++entry) {
    const absl::string_view variable(*entry);
    const size_t equals = variable.find('=');
    if (equals == absl::string_view::npos || !absl::StartsWith(variable, kPrefix) ||
        absl::StartsWith(variable, kMailctlPrefix) ||
        variable.substr(0, equals) == failpoint::kVariable) {
      continue;
    }
    const absl::Status status =
        ApplyVariable(variable.substr(0, equals), std::string(variable.substr(equals + 1)));
    if (!status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

void Start(const std::string& service, int argc, char** argv) {
  absl::SetProgramUsageMessage(absl::StrCat("Posthorn ", service));
  if (const absl::Status status = ApplyEnvironment(environ); !status.ok()) {
    Fail(service, status.message());
  }
  const auto rest = absl::ParseCommandLine(argc, argv);
  if (rest.size() > 1) {
    Fail(service, absl::StrCat("unexpected argument: ", rest[1]));
  }
  if (absl::GetFlag(FLAGS_healthcheck)) {
    std::exit(admin::AskReady(absl::GetFlag(FLAGS_admin_listen)) ? 0 : 1);
  }
  if (!log::Start(service, absl::GetFlag(FLAGS_log_level), absl::GetFlag(FLAGS_log_format))) {
    Fail(service, "log_level or log_format has an unknown value");
  }
  if (const char* points = std::getenv(failpoint::kVariable); points != nullptr) {
    if (const absl::Status status = failpoint::Arm(points); !status.ok()) {
      Fail(service, status.message());
    }
  }
  gpr_set_log_function(LogFromGrpc);
  PreferThroughput();
}

}  // namespace posthorn::config
