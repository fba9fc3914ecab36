#include "imap-gateway/errors/error_table.h"

#include <gtest/gtest.h>

#include "common/rpc/status.h"

namespace posthorn::imap {
namespace {

using Detail = v1::ErrorDetail;

TEST(ErrorTable, EveryReasonThatReachesImapHasItsCode) {
  const std::pair<Detail::Reason, const char*> cases[] = {
      {Detail::REASON_BAD_CREDENTIALS, "AUTHENTICATIONFAILED"},
      {Detail::REASON_TICKET_INVALID, "EXPIRED"},
      {Detail::REASON_MECHANISM_UNKNOWN, "CANNOT"},
      {Detail::REASON_SASL_MALFORMED, "AUTHENTICATIONFAILED"},
      {Detail::REASON_FORBIDDEN, "NOPERM"},
      {Detail::REASON_MAILBOX_NOT_FOUND, "NONEXISTENT"},
      {Detail::REASON_MAILBOX_EXISTS, "ALREADYEXISTS"},
      {Detail::REASON_MAILBOX_NAME_INVALID, "CANNOT"},
      {Detail::REASON_MAILBOX_HAS_CHILDREN, "HASCHILDREN"},
      {Detail::REASON_MAILBOX_PROTECTED, "CANNOT"},
      {Detail::REASON_SPECIAL_USE, "USEATTR"},
      {Detail::REASON_NOT_FOUND, "NONEXISTENT"},
      {Detail::REASON_OVER_QUOTA, "OVERQUOTA"},
      {Detail::REASON_TOO_LARGE, "TOOBIG"},
      {Detail::REASON_TOO_MANY, "LIMIT"},
      {Detail::REASON_STORE_FULL, "UNAVAILABLE"},
      {Detail::REASON_OVERLOADED, "UNAVAILABLE"},
      {Detail::REASON_RATE_LIMIT, "UNAVAILABLE"},
      {Detail::REASON_STORE_UNAVAILABLE, "UNAVAILABLE"},
      {Detail::REASON_OUTCOME_UNKNOWN, "UNAVAILABLE"},
  };
  for (const auto& [reason, code] : cases) {
    const Completion completion =
        FromStatus(rpc::MakeError(absl::StatusCode::kInternal, reason, "secret detail"));
    EXPECT_EQ(completion.kind, Completion::Kind::kNo);
    EXPECT_EQ(completion.code, code);
    EXPECT_EQ(completion.text.find("secret"), std::string::npos);
    EXPECT_FALSE(completion.text.empty());
  }
}

TEST(ErrorTable, StatusCodesWithoutReason) {
  EXPECT_EQ(FromStatus(absl::UnavailableError("x")).code, "UNAVAILABLE");
  EXPECT_EQ(FromStatus(absl::DeadlineExceededError("x")).code, "UNAVAILABLE");
  EXPECT_EQ(FromStatus(absl::CancelledError("x")).code, "UNAVAILABLE");
  EXPECT_EQ(FromStatus(absl::ResourceExhaustedError("x")).code, "LIMIT");
  EXPECT_EQ(FromStatus(absl::NotFoundError("x")).code, "NONEXISTENT");
  EXPECT_EQ(FromStatus(absl::PermissionDeniedError("x")).code, "NOPERM");
  EXPECT_EQ(FromStatus(absl::InternalError("x")).code, "SERVERBUG");
  EXPECT_EQ(FromStatus(absl::UnknownError("x")).code, "SERVERBUG");
}

TEST(ErrorTable, MissingDestinationAsksToCreate) {
  const absl::Status missing =
      rpc::MakeError(absl::StatusCode::kNotFound, Detail::REASON_MAILBOX_NOT_FOUND, "x");
  EXPECT_EQ(FromDestinationStatus(missing).code, "TRYCREATE");
  EXPECT_EQ(FromDestinationStatus(absl::UnavailableError("x")).code, "UNAVAILABLE");
}

}  // namespace
}  // namespace posthorn::imap
