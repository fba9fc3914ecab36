// Header fields that a submission server completes or takes out (RFC 6409 8).
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mail/date.h"

namespace posthorn::mail {

// The longest header that is looked at.
inline constexpr size_t kMaxSubmissionHeader = 1 << 20;

// What missing fields are made of. CR, LF and other controls in them are refused.
struct SubmissionDefaults {
  Date date;
  absl::string_view message_id;  // without brackets
  absl::string_view from;        // the account's address, as SMTP writes it
};

// `header` are the octets of a message up to and with its empty line, which may be missing. Date,
// Message-ID and From are added at its end where there is no such field; Bcc, Resent-Bcc and
// Return-Path leave; all else stays octet for octet. The result ends with an empty line.
// OutOfRange if the header is longer than kMaxSubmissionHeader; InvalidArgument for defaults that
// cannot stand in a field.
absl::StatusOr<std::string> CompleteSubmittedHeader(absl::string_view header,
                                                    const SubmissionDefaults& defaults);

// RFC 8601 5: the header without Authentication-Results fields that claim to be from
// `authserv_id`, or that cannot be read. All else stays octet for octet.
std::string RemoveAuthenticationResults(absl::string_view header, absl::string_view authserv_id);

}  // namespace posthorn::mail
