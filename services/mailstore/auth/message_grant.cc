#include "mailstore/auth/message_grant.h"

#include "common/rpc/status.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/auth/octets.h"

namespace posthorn::store {
namespace {

constexpr size_t kClaimsOctets = 4 * 8;

std::string Seal(absl::string_view secret, absl::string_view claims) {
  const Digest digest = KeyedDigest(secret, {"message grant", claims});
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

std::string SignGrant(absl::string_view secret, const MessageGrant& grant, absl::Time expires_at) {
  std::string claims;
  PutU64(claims, grant.mailbox.account.value());
  PutU64(claims, static_cast<uint64_t>(grant.mailbox.mailbox.value()));
  PutU64(claims, grant.uid.value());
  PutU64(claims, static_cast<uint64_t>(absl::ToUnixSeconds(expires_at)));
  return claims + Seal(secret, claims);
}

absl::StatusOr<MessageGrant> CheckGrant(absl::string_view secret, absl::string_view octets,
                                        absl::Time now) {
  const absl::string_view claims = octets.substr(0, kClaimsOctets);
  const bool valid = octets.size() == kClaimsOctets + sizeof(Digest) &&
                     EqualInConstantTime(Seal(secret, claims), octets.substr(kClaimsOctets)) &&
                     absl::FromUnixSeconds(static_cast<int64_t>(GetU64(claims, 24))) > now;
  if (!valid) {
    return rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                          "the grant is not valid");
  }
  return MessageGrant{
      {AccountId(GetU64(claims, 0)), MailboxId(static_cast<int32_t>(GetU64(claims, 8)))},
      Uid(static_cast<uint32_t>(GetU64(claims, 16)))};
}

}  // namespace posthorn::store
