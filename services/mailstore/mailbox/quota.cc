// GetQuota, SetQuotaLimits (RFC 9208 4.1).
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "common/rpc/status.h"
#include "mailstore/access/access.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/answer.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/mailbox/quota_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

using v1::ErrorDetail;

absl::Status Forbidden() {
  return rpc::MakeError(absl::StatusCode::kPermissionDenied, ErrorDetail::REASON_FORBIDDEN,
                        "not a quota of the caller's");
}

// The account whose quota counts for a mailbox of this name.
absl::StatusOr<AccountId> AccountOfMailbox(Connection& connection, AccountId caller,
                                           const std::string& name) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, name);
  if (!located.ok()) {
    return located.status();
  }
  if (located->owner != caller) {
    const auto mailbox = AuthorizeName(connection, caller, name, Right::kRead);
    if (!mailbox.ok()) {
      return mailbox.status();
    }
  }
  return located->owner;
}

absl::StatusOr<AccountId> AccountOfRoot(Connection& connection, AccountId caller,
                                        const std::string& root) {
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(root);
  if (!address.ok()) {
    return Forbidden();
  }
  if (FindAccount(connection, address->key) == caller) {
    return caller;
  }
  const std::optional<AccountId> other = FindAdministered(connection, caller, address->key);
  if (!other.has_value()) {
    return Forbidden();
  }
  return *other;
}

absl::StatusOr<v1::GetQuotaResponse> Get(Connection& connection, AccountId caller,
                                         const v1::GetQuotaRequest& request) {
  const absl::StatusOr<AccountId> account =
      request.has_mailbox() ? AccountOfMailbox(connection, caller, request.mailbox())
                            : AccountOfRoot(connection, caller, request.root());
  if (!account.ok()) {
    return account.status();
  }
  const std::optional<QuotaUsage> quota = LoadQuota(connection, *account);
  if (!quota.has_value()) {
    return Forbidden();
  }
  v1::GetQuotaResponse response;
  response.set_root(quota->address);
  response.mutable_limits()->set_bytes(static_cast<uint64_t>(quota->quota_bytes));
  response.mutable_limits()->set_messages(static_cast<uint64_t>(quota->quota_messages));
  response.mutable_limits()->set_mailboxes(static_cast<uint64_t>(quota->quota_mailboxes));
  response.set_used_bytes(static_cast<uint64_t>(quota->used_bytes));
  response.set_used_messages(static_cast<uint64_t>(quota->used_messages));
  response.set_used_mailboxes(static_cast<uint64_t>(quota->used_mailboxes));
  return response;
}

absl::Status Set(Connection& connection, AccountId caller,
                 const v1::SetQuotaLimitsRequest& request) {
  const v1::QuotaLimits& limits = request.limits();
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  constexpr uint64_t kMostMailboxes = std::numeric_limits<int32_t>::max();
  if (limits.bytes() > kMost || limits.messages() > kMost || limits.mailboxes() > kMostMailboxes) {
    return absl::InvalidArgumentError("limits are too large");
  }
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(request.root());
  const std::optional<AccountId> account =
      address.ok() ? FindAdministered(connection, caller, address->key) : std::nullopt;
  if (!account.has_value()) {
    return Forbidden();
  }
  SetQuotaLimits(connection, *account, static_cast<int64_t>(limits.bytes()),
                 static_cast<int64_t>(limits.messages()), static_cast<int32_t>(limits.mailboxes()));
  return absl::OkStatus();
}

}  // namespace

asio::awaitable<absl::Status> MailboxService::DoGetQuota(const v1::GetQuotaRequest& request,
                                                         v1::GetQuotaResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, Get);
}

asio::awaitable<absl::Status> MailboxService::DoSetQuotaLimits(
    const v1::SetQuotaLimitsRequest& request) {
  return Perform(store_.reads(), tickets_, request, Set);
}

}  // namespace posthorn::store
