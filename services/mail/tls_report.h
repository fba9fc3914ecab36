// Reports of TLS sessions to the domains that mail went to (RFC 8460).
//
// Every value may hold any octets: what is no printable US-ASCII becomes "?" or a space, what is
// too long is cut.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/date.h"

namespace posthorn::mail {

// Sessions that failed for one reason (RFC 8460 4.3). Empty values are left out.
struct TlsFailure {
  std::string result_type;
  std::string sending_address;
  std::string receiving_host;
  std::string receiving_address;
  uint64_t sessions = 0;
};

// Sessions under one policy.
struct TlsPolicyResult {
  std::string type;  // "tlsa", "sts", "no-policy-found"
  std::string text;  // of the policy: lines
  uint64_t successful = 0;
  uint64_t failed = 0;
  std::vector<TlsFailure> failures;
};

struct TlsReport {
  std::string submitter;  // our domain
  std::string contact;    // address of the postmaster here; the report comes from it
  std::string domain;     // of the recipients
  std::string report_id;  // without brackets, "left@right": the Message-ID, not to be guessed
  int64_t begins_at = 0;  // Unix seconds
  int64_t ends_at = 0;    // the last second of it
  std::vector<TlsPolicyResult> policies;
};

// Of the compressed JSON (RFC 8460 6.5).
inline constexpr char kTlsReportType[] = "application/tlsrpt+gzip";

// RFC 8460 4.4.
std::string TlsReportJson(const TlsReport& report);

// The message (RFC 8460 5.3), lines ended by CRLF, 7-bit: the JSON is compressed. It is made for
// posting its file as well, and `to`, mail addresses, may be empty.
std::string ComposeTlsReport(const TlsReport& report, const std::vector<std::string>& to,
                             const Date& date);

// The compressed JSON of such a message, whatever fields were put before it. Nothing if it has
// none.
std::optional<std::string> TlsReportFile(absl::string_view message);

}  // namespace posthorn::mail
