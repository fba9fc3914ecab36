#include "smtp-gateway/reply/store_replies.h"

#include <gtest/gtest.h>

#include "common/rpc/status.h"

namespace posthorn::smtp {
namespace {

using v1::ErrorDetail;

struct Case {
  absl::StatusCode code;
  ErrorDetail::Reason reason;
  int reply;
  const char* status;
};

constexpr Case kDelivery[] = {
    {absl::StatusCode::kNotFound, ErrorDetail::REASON_UNKNOWN_RECIPIENT, 550, "5.1.1"},
    {absl::StatusCode::kNotFound, ErrorDetail::REASON_NOT_LOCAL, 550, "5.7.1"},
    {absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_ADDRESS_INVALID, 553, "5.1.3"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_OVER_QUOTA, 452, "4.2.2"},
    {absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_TOO_LARGE, 552, "5.3.4"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_TOO_MANY, 452, "4.5.3"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_STORE_FULL, 452, "4.3.1"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_OVERLOADED, 451, "4.4.5"},
    {absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE, 451, "4.3.0"},
    {absl::StatusCode::kUnavailable, ErrorDetail::REASON_OUTCOME_UNKNOWN, 451, "4.3.0"},
    {absl::StatusCode::kPermissionDenied, ErrorDetail::REASON_FORBIDDEN, 451, "4.3.5"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_SENDING_LIMIT, 450, "4.7.1"},
    {absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_RATE_LIMIT, 450, "4.7.1"},
    // Whatever is not known to be for good is temporary.
    {absl::StatusCode::kInternal, ErrorDetail::REASON_UNSPECIFIED, 451, "4.3.0"},
    {absl::StatusCode::kDeadlineExceeded, ErrorDetail::REASON_UNSPECIFIED, 451, "4.3.0"},
    {absl::StatusCode::kNotFound, ErrorDetail::REASON_UNSPECIFIED, 451, "4.3.0"},
};

TEST(StoreRepliesTest, MapsFailuresOfDeliveryAndRecipients) {
  for (const Case& test : kDelivery) {
    const absl::Status error = rpc::MakeError(test.code, test.reason, "x");
    for (const Reply& reply : {DeliveryReply(error), RecipientReply(error)}) {
      EXPECT_EQ(reply.code, test.reply) << test.reason;
      EXPECT_EQ(reply.status, test.status) << test.reason;
    }
  }
}

TEST(StoreRepliesTest, MapsFailuresOfSenders) {
  const auto reply = [](absl::StatusCode code, ErrorDetail::Reason reason) {
    return SenderReply(rpc::MakeError(code, reason, "x")).code;
  };
  EXPECT_EQ(reply(absl::StatusCode::kPermissionDenied, ErrorDetail::REASON_FORBIDDEN), 553);
  EXPECT_EQ(reply(absl::StatusCode::kUnauthenticated, ErrorDetail::REASON_TICKET_INVALID), 421);
  EXPECT_EQ(reply(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE), 451);
  EXPECT_EQ(reply(absl::StatusCode::kDeadlineExceeded, ErrorDetail::REASON_UNSPECIFIED), 451);
}

TEST(StoreRepliesTest, MapsFailuresOfAuthentication) {
  const auto reply = [](absl::StatusCode code, ErrorDetail::Reason reason) {
    return AuthenticationReply(rpc::MakeError(code, reason, "x")).code;
  };
  EXPECT_EQ(reply(absl::StatusCode::kUnauthenticated, ErrorDetail::REASON_BAD_CREDENTIALS), 535);
  EXPECT_EQ(reply(absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_MECHANISM_UNKNOWN), 504);
  EXPECT_EQ(reply(absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_SASL_MALFORMED), 501);
  EXPECT_EQ(reply(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_OVERLOADED), 454);
  EXPECT_EQ(reply(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_RATE_LIMIT), 454);
  EXPECT_EQ(reply(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE), 454);
  EXPECT_EQ(reply(absl::StatusCode::kUnknown, ErrorDetail::REASON_UNSPECIFIED), 454);
}

// RFC 3463 2: the class of the enhanced code is the first digit of the reply.
TEST(StoreRepliesTest, CodesAgree) {
  for (int reason = 0; ErrorDetail::Reason_IsValid(reason); ++reason) {
    const absl::Status error =
        rpc::MakeError(absl::StatusCode::kUnknown, static_cast<ErrorDetail::Reason>(reason), "x");
    for (const Reply& reply : {DeliveryReply(error), RecipientReply(error), SenderReply(error),
                               AuthenticationReply(error)}) {
      EXPECT_EQ(reply.status.front() - '0', reply.code / 100) << reason;
      EXPECT_GE(reply.code, 400);
    }
  }
}

}  // namespace
}  // namespace posthorn::smtp
