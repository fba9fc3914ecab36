#include "pop3-gateway/protocol/error_reply.h"

#include <string>

#include "common/rpc/status.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

using absl::StatusCode;
using v1::ErrorDetail;

ResponseCode CodeFor(StatusCode code, ErrorDetail::Reason reason) {
  return ReplyForError(rpc::MakeError(code, reason, "detail")).code;
}

TEST(ErrorReply, ByReason) {
  struct Row {
    StatusCode status;
    ErrorDetail::Reason reason;
    ResponseCode code;
  };
  const Row rows[] = {
      {StatusCode::kUnauthenticated, ErrorDetail::REASON_BAD_CREDENTIALS, ResponseCode::kAuth},
      {StatusCode::kUnauthenticated, ErrorDetail::REASON_TICKET_INVALID, ResponseCode::kSysTemp},
      {StatusCode::kInvalidArgument, ErrorDetail::REASON_MECHANISM_UNKNOWN, ResponseCode::kNone},
      {StatusCode::kInvalidArgument, ErrorDetail::REASON_SASL_MALFORMED, ResponseCode::kNone},
      {StatusCode::kPermissionDenied, ErrorDetail::REASON_FORBIDDEN, ResponseCode::kSysPerm},
      {StatusCode::kNotFound, ErrorDetail::REASON_MAILBOX_NOT_FOUND, ResponseCode::kSysPerm},
      {StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_IN_USE, ResponseCode::kInUse},
      {StatusCode::kFailedPrecondition, ErrorDetail::REASON_MAILDROP_LOST, ResponseCode::kSysTemp},
      {StatusCode::kResourceExhausted, ErrorDetail::REASON_STORE_FULL, ResponseCode::kSysTemp},
      {StatusCode::kResourceExhausted, ErrorDetail::REASON_OVERLOADED, ResponseCode::kSysTemp},
      {StatusCode::kResourceExhausted, ErrorDetail::REASON_RATE_LIMIT, ResponseCode::kSysTemp},
      {StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE, ResponseCode::kSysTemp},
      {StatusCode::kUnavailable, ErrorDetail::REASON_OUTCOME_UNKNOWN, ResponseCode::kSysTemp},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(CodeFor(row.status, row.reason), row.code) << ErrorDetail::Reason_Name(row.reason);
  }
}

TEST(ErrorReply, ByStatusCode) {
  EXPECT_EQ(ReplyForError(absl::UnauthenticatedError("")).code, ResponseCode::kAuth);
  EXPECT_EQ(ReplyForError(absl::NotFoundError("")).code, ResponseCode::kNone);
  EXPECT_EQ(ReplyForError(absl::PermissionDeniedError("")).code, ResponseCode::kSysPerm);
  EXPECT_EQ(ReplyForError(absl::UnimplementedError("")).code, ResponseCode::kSysPerm);
  EXPECT_EQ(ReplyForError(absl::DataLossError("")).code, ResponseCode::kSysPerm);
  EXPECT_EQ(ReplyForError(absl::InvalidArgumentError("")).code, ResponseCode::kSysPerm);
}

TEST(ErrorReply, WhatIsNotKnownToLastIsTemporary) {
  for (StatusCode code : {StatusCode::kUnavailable, StatusCode::kDeadlineExceeded,
                          StatusCode::kInternal, StatusCode::kUnknown, StatusCode::kAborted,
                          StatusCode::kResourceExhausted, StatusCode::kCancelled}) {
    EXPECT_EQ(ReplyForError(absl::Status(code, "x")).code, ResponseCode::kSysTemp);
  }
}

// Every reason there is has a reply that fits a line and is printable.
TEST(ErrorReply, Printable) {
  for (int reason = ErrorDetail::Reason_MIN; reason <= ErrorDetail::Reason_MAX; ++reason) {
    const ErrorReply reply = ReplyForError(rpc::MakeError(
        StatusCode::kInternal, static_cast<ErrorDetail::Reason>(reason), "a\r\n+OK"));
    std::string line;
    AppendError(reply.code, reply.text, &line);
    EXPECT_LE(line.size(), 512u);
    EXPECT_EQ(line.find("\r\n"), line.size() - 2);
  }
}

}  // namespace
}  // namespace posthorn::pop3
