#include "smtp-gateway/reply/store_replies.h"

#include "common/rpc/status.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::smtp {
namespace {

using v1::ErrorDetail;

struct Row {
  ErrorDetail::Reason reason;
  Reply reply;
};

constexpr Reply kStoreAway{451, "4.3.0", "Mail store is not available, try again later"};
constexpr Reply kOverloaded{451, "4.4.5", "Mail system is busy, try again later"};
constexpr Reply kStoreFull{452, "4.3.1", "Insufficient system storage"};
constexpr Reply kMailboxFull{452, "4.2.2", "Mailbox is full"};
constexpr Reply kTooLarge{552, "5.3.4", "Message is too large"};
constexpr Reply kUnknownUser{550, "5.1.1", "No such mailbox here"};
constexpr Reply kNotLocal{550, "5.7.1", "Relaying denied"};
constexpr Reply kBadAddress{553, "5.1.3", "Mailbox name not allowed"};
constexpr Reply kTooMany{452, "4.5.3", "Too many recipients"};
// RFC 5321 4.2.3: 450 is for what policy forbids for a while; RFC 3463 3.8: X.7.1, not authorized.
constexpr Reply kSendingLimit{450, "4.7.1", "Sending limit of the day is reached, try again later"};
constexpr Reply kRateLimit{450, "4.7.1", "Too much mail in a short time, try again later"};
constexpr Reply kMisconfigured{451, "4.3.5", "Mail system is not configured correctly"};

// RFC 5321 4.2.3 and RFC 3463 3; shared by RCPT and the end of the data.
constexpr Row kDeliveryRows[] = {
    {ErrorDetail::REASON_UNKNOWN_RECIPIENT, kUnknownUser},
    {ErrorDetail::REASON_NOT_LOCAL, kNotLocal},
    {ErrorDetail::REASON_ADDRESS_INVALID, kBadAddress},
    {ErrorDetail::REASON_OVER_QUOTA, kMailboxFull},
    {ErrorDetail::REASON_TOO_LARGE, kTooLarge},
    {ErrorDetail::REASON_TOO_MANY, kTooMany},
    {ErrorDetail::REASON_STORE_FULL, kStoreFull},
    {ErrorDetail::REASON_OVERLOADED, kOverloaded},
    {ErrorDetail::REASON_STORE_UNAVAILABLE, kStoreAway},
    {ErrorDetail::REASON_OUTCOME_UNKNOWN, kStoreAway},
    {ErrorDetail::REASON_SENDING_LIMIT, kSendingLimit},
    {ErrorDetail::REASON_RATE_LIMIT, kRateLimit},
    {ErrorDetail::REASON_FORBIDDEN, kMisconfigured},
};

constexpr Row kSenderRows[] = {
    {ErrorDetail::REASON_FORBIDDEN, {553, "5.7.1", "Sender address is not owned by the user"}},
    {ErrorDetail::REASON_TICKET_INVALID, {421, "4.7.0", "Login has expired, connect again"}},
    {ErrorDetail::REASON_ADDRESS_INVALID, {553, "5.1.7", "Sender address is not allowed"}},
};

// RFC 4954 6.
constexpr Row kAuthenticationRows[] = {
    {ErrorDetail::REASON_BAD_CREDENTIALS, {535, "5.7.8", "Authentication credentials invalid"}},
    {ErrorDetail::REASON_MECHANISM_UNKNOWN, {504, "5.5.4", "Mechanism is not supported"}},
    {ErrorDetail::REASON_SASL_MALFORMED, {501, "5.5.2", "Response cannot be decoded"}},
    {ErrorDetail::REASON_RATE_LIMIT, {454, "4.7.0", "Too many failed logins, try again later"}},
};
constexpr Reply kAuthTemporary{454, "4.7.0", "Temporary authentication failure"};

template <size_t N>
const Reply* Find(const Row (&rows)[N], ErrorDetail::Reason reason) {
  for (const Row& row : rows) {
    if (row.reason == reason) {
      return &row.reply;
    }
  }
  return nullptr;
}

Reply MapDelivery(const absl::Status& error) {
  const Reply* reply = Find(kDeliveryRows, rpc::ReasonOf(error));
  return reply != nullptr ? *reply : kStoreAway;
}

}  // namespace

Reply SenderReply(const absl::Status& error) {
  const Reply* reply = Find(kSenderRows, rpc::ReasonOf(error));
  return reply != nullptr ? *reply : MapDelivery(error);
}

Reply RecipientReply(const absl::Status& error) { return MapDelivery(error); }

Reply DeliveryReply(const absl::Status& error) { return MapDelivery(error); }

Reply AuthenticationReply(const absl::Status& error) {
  const Reply* reply = Find(kAuthenticationRows, rpc::ReasonOf(error));
  return reply != nullptr ? *reply : kAuthTemporary;
}

}  // namespace posthorn::smtp
