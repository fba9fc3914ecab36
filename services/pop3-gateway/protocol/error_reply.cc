#include "pop3-gateway/protocol/error_reply.h"

#include "common/rpc/status.h"

namespace posthorn::pop3 {
namespace {

using v1::ErrorDetail;

struct ReasonRow {
  ErrorDetail::Reason reason;
  ErrorReply reply;
};

constexpr ReasonRow kReasons[] = {
    // RFC 3206 4: AUTH says that the credentials are at fault, whichever part of them.
    {ErrorDetail::REASON_BAD_CREDENTIALS, {ResponseCode::kAuth, "Authentication failed"}},
    {ErrorDetail::REASON_TICKET_INVALID,
     {ResponseCode::kSysTemp, "The session is no longer valid, log in again"}},
    {ErrorDetail::REASON_MECHANISM_UNKNOWN, {ResponseCode::kNone, "Mechanism not supported"}},
    {ErrorDetail::REASON_SASL_MALFORMED, {ResponseCode::kNone, "Malformed SASL response"}},
    {ErrorDetail::REASON_FORBIDDEN, {ResponseCode::kSysPerm, "Not permitted"}},
    {ErrorDetail::REASON_MAILBOX_NOT_FOUND, {ResponseCode::kSysPerm, "There is no such mailbox"}},
    // RFC 2449 8.1.2: the login was right, another session has the maildrop.
    {ErrorDetail::REASON_MAILDROP_IN_USE,
     {ResponseCode::kInUse, "Another session uses this maildrop"}},
    {ErrorDetail::REASON_MAILDROP_LOST,
     {ResponseCode::kSysTemp, "The lock of the maildrop was lost, nothing was deleted"}},
    {ErrorDetail::REASON_STORE_FULL, {ResponseCode::kSysTemp, "The store is full"}},
    {ErrorDetail::REASON_OVERLOADED, {ResponseCode::kSysTemp, "Too busy, try again later"}},
    // RFC 3206 4: not AUTH, which would have the user asked for another password.
    {ErrorDetail::REASON_RATE_LIMIT,
     {ResponseCode::kSysTemp, "Too many failed logins, try again later"}},
    {ErrorDetail::REASON_STORE_UNAVAILABLE,
     {ResponseCode::kSysTemp, "The store is not available, try again later"}},
    {ErrorDetail::REASON_OUTCOME_UNKNOWN,
     {ResponseCode::kSysTemp, "The store did not answer, try again later"}},
};

struct CodeRow {
  absl::StatusCode code;
  ErrorReply reply;
};

constexpr CodeRow kCodes[] = {
    {absl::StatusCode::kUnauthenticated, {ResponseCode::kAuth, "Authentication failed"}},
    {absl::StatusCode::kNotFound, {ResponseCode::kNone, "The message is gone"}},
    {absl::StatusCode::kPermissionDenied, {ResponseCode::kSysPerm, "Not permitted"}},
    {absl::StatusCode::kUnimplemented, {ResponseCode::kSysPerm, "Not supported by the store"}},
    {absl::StatusCode::kDataLoss, {ResponseCode::kSysPerm, "The message cannot be read"}},
    {absl::StatusCode::kInvalidArgument, {ResponseCode::kSysPerm, "Refused by the store"}},
};

}  // namespace

ErrorReply ReplyForError(const absl::Status& error) {
  const ErrorDetail::Reason reason = rpc::ReasonOf(error);
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) {
      return row.reply;
    }
  }
  for (const CodeRow& row : kCodes) {
    if (row.code == error.code()) {
      return row.reply;
    }
  }
  return {ResponseCode::kSysTemp, "Temporary failure, try again later"};
}

}  // namespace posthorn::pop3
