#include "imap-gateway/errors/error_table.h"

#include "absl/strings/string_view.h"
#include "common/rpc/status.h"

namespace posthorn::imap {
namespace {

using Detail = v1::ErrorDetail;

struct ReasonRow {
  Detail::Reason reason;
  absl::string_view code;
  absl::string_view text;
};
constexpr ReasonRow kReasons[] = {
    {Detail::REASON_BAD_CREDENTIALS, "AUTHENTICATIONFAILED", "Invalid credentials"},
    {Detail::REASON_TICKET_INVALID, "EXPIRED", "The session has expired, log in again"},
    {Detail::REASON_MECHANISM_UNKNOWN, "CANNOT", "Unknown authentication mechanism"},
    {Detail::REASON_SASL_MALFORMED, "AUTHENTICATIONFAILED", "Malformed authentication message"},
    {Detail::REASON_FORBIDDEN, "NOPERM", "Permission denied"},
    {Detail::REASON_MAILBOX_NOT_FOUND, "NONEXISTENT", "No such mailbox"},
    {Detail::REASON_MAILBOX_EXISTS, "ALREADYEXISTS", "The mailbox exists already"},
    {Detail::REASON_MAILBOX_NAME_INVALID, "CANNOT", "Invalid mailbox name"},
    {Detail::REASON_MAILBOX_HAS_CHILDREN, "HASCHILDREN", "The mailbox has children"},
    {Detail::REASON_MAILBOX_PROTECTED, "CANNOT", "This mailbox cannot be created or deleted"},
    {Detail::REASON_SPECIAL_USE, "USEATTR", "Special use not possible"},
    {Detail::REASON_NOT_FOUND, "NONEXISTENT", "Not found"},
    {Detail::REASON_OVER_QUOTA, "OVERQUOTA", "Quota exceeded"},
    {Detail::REASON_TOO_LARGE, "TOOBIG", "Message too large"},
    {Detail::REASON_TOO_MANY, "LIMIT", "A limit of the mailbox or account is reached"},
    {Detail::REASON_STORE_FULL, "UNAVAILABLE", "No space left in the mail store"},
    {Detail::REASON_OVERLOADED, "UNAVAILABLE", "The server is busy, try again later"},
    {Detail::REASON_RATE_LIMIT, "UNAVAILABLE", "Too many failed logins, try again later"},
    {Detail::REASON_STORE_UNAVAILABLE, "UNAVAILABLE", "The mail store is not available"},
    {Detail::REASON_OUTCOME_UNKNOWN, "UNAVAILABLE",
     "The outcome is not known, look before retrying"},
};

struct CodeRow {
  absl::StatusCode status;
  absl::string_view code;
  absl::string_view text;
};
constexpr CodeRow kCodes[] = {
    {absl::StatusCode::kUnavailable, "UNAVAILABLE", "The mail store is not available"},
    {absl::StatusCode::kDeadlineExceeded, "UNAVAILABLE", "The mail store did not answer in time"},
    {absl::StatusCode::kCancelled, "UNAVAILABLE", "The mail store did not finish"},
    {absl::StatusCode::kResourceExhausted, "LIMIT", "A limit is reached"},
    {absl::StatusCode::kNotFound, "NONEXISTENT", "Not found"},
    {absl::StatusCode::kAlreadyExists, "ALREADYEXISTS", "It exists already"},
    {absl::StatusCode::kInvalidArgument, "CANNOT", "The store refused the request"},
    {absl::StatusCode::kFailedPrecondition, "CANNOT", "The store refused the request"},
    {absl::StatusCode::kPermissionDenied, "NOPERM", "Permission denied"},
    {absl::StatusCode::kUnauthenticated, "EXPIRED", "The session has expired, log in again"},
};

}  // namespace

Completion FromStatus(const absl::Status& status) {
  const Detail::Reason reason = rpc::ReasonOf(status);
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) {
      return No(std::string(row.code), std::string(row.text));
    }
  }
  for (const CodeRow& row : kCodes) {
    if (row.status == status.code()) {
      return No(std::string(row.code), std::string(row.text));
    }
  }
  return No("SERVERBUG", "Internal error");
}

Completion FromDestinationStatus(const absl::Status& status) {
  if (rpc::ReasonOf(status) == Detail::REASON_MAILBOX_NOT_FOUND) {
    return No("TRYCREATE", "No such mailbox");
  }
  return FromStatus(status);
}

}  // namespace posthorn::imap
