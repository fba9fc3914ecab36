// The flags of filters.
#include <unistd.h>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/net/address.h"
#include "smtp-gateway/filter/filters.h"

ABSL_FLAG(std::string, rspamd, "", "host:port of rspamd's normal worker; empty: not asked");
ABSL_FLAG(std::string, rspamd_fail, "tempfail",
          "what becomes of mail when rspamd does not answer: tempfail or accept");
ABSL_FLAG(std::string, milters, "", "milters in their order: inet:host:port,unix:/path");
ABSL_FLAG(std::string, milter_fail, "tempfail",
          "what becomes of mail when a milter does not answer: tempfail, accept or reject");
ABSL_FLAG(uint64_t, filter_message_bytes, 20 * 1024 * 1024,
          "largest message that filters look at; what is larger passes");
ABSL_FLAG(std::string, spool_dir, "/tmp", "folder of messages that are being filtered");
ABSL_FLAG(uint64_t, spool_bytes, 1024 * 1024 * 1024,
          "octets of all messages together that are held there");

namespace posthorn::filter {
namespace {

absl::Status Invalid(const char* flag, absl::string_view reason) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", reason));
}

bool ParseFailMode(const std::string& text, FailMode& mode) {
  if (text == "tempfail") {
    mode = FailMode::kTempfail;
  } else if (text == "accept") {
    mode = FailMode::kAccept;
  } else if (text == "reject") {
    mode = FailMode::kReject;
  } else {
    return false;
  }
  return true;
}

absl::Status SetRspamd(FilterOptions& options) {
  const std::string server = absl::GetFlag(FLAGS_rspamd);
  if (server.empty()) {
    return absl::OkStatus();
  }
  auto parts = net::SplitHostPort(server);
  if (!parts.ok() || parts->first.empty() || parts->second.empty()) {
    return Invalid("rspamd", "host:port is needed");
  }
  options.rspamd = RspamdOptions{parts->first, parts->second};
  if (!ParseFailMode(absl::GetFlag(FLAGS_rspamd_fail), options.rspamd_fail) ||
      options.rspamd_fail == FailMode::kReject) {
    return Invalid("rspamd_fail", "tempfail or accept is needed");
  }
  return absl::OkStatus();
}

absl::Status SetMilters(FilterOptions& options) {
  auto milters = ParseMilters(absl::GetFlag(FLAGS_milters));
  if (!milters.ok()) {
    return Invalid("milters", milters.status().message());
  }
  options.milters = *std::move(milters);
  return ParseFailMode(absl::GetFlag(FLAGS_milter_fail), options.milter_fail)
             ? absl::OkStatus()
             : Invalid("milter_fail", "tempfail, accept or reject is needed");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Filters>> Filters::FromFlags() {
  FilterOptions options;
  options.largest = absl::GetFlag(FLAGS_filter_message_bytes);
  options.spool_folder = absl::GetFlag(FLAGS_spool_dir);
  options.spool_octets = absl::GetFlag(FLAGS_spool_bytes);
  if (const absl::Status status = SetRspamd(options); !status.ok()) {
    return status;
  }
  if (const absl::Status status = SetMilters(options); !status.ok()) {
    return status;
  }
  if (!options.rspamd && options.milters.empty()) {
    return nullptr;
  }
  if (::access(options.spool_folder.c_str(), W_OK | X_OK) != 0) {
    return Invalid("spool_dir", "no such folder, or it cannot be written");
  }
  return std::make_unique<Filters>(std::move(options));
}

}  // namespace posthorn::filter
