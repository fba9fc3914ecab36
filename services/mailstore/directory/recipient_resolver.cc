#include "mailstore/directory/recipient_resolver.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/status.h"
#include "mailstore/directory/local_address.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr absl::Duration kLifetime = absl::Seconds(1);
constexpr size_t kMaxEntries = 16'384;
// One entry may hold a thousand accounts; long lists are looked up each time.
constexpr size_t kMaxAccountsRemembered = 64;

bool HasRoom(const RecipientAccount& account, uint64_t size) {
  if (account.quota_messages != 0 && account.used_messages >= account.quota_messages) {
    return false;
  }
  if (account.quota_bytes == 0) {
    return true;
  }
  const int64_t left = account.quota_bytes - account.used_bytes;
  // Without a SIZE at MAIL the message has at least one octet.
  return left > 0 && size <= static_cast<uint64_t>(left);
}

}  // namespace

RecipientResolver::RecipientResolver(Pool& database) : database_(database) {}

asio::awaitable<absl::StatusOr<ResolvedRecipient>> RecipientResolver::Resolve(
    absl::string_view text, uint64_t size) {
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(text);
  if (!address.ok()) {
    co_return address.status();
  }
  const absl::StatusOr<Recipient> recipient = co_await Find(*address);
  if (!recipient.ok()) {
    co_return recipient.status();
  }
  ResolvedRecipient resolved;
  for (const RecipientAccount& account : recipient->accounts) {
    // The sender is told, also for one member of many: nobody is left out silently.
    if (!HasRoom(account, size)) {
      co_return rpc::MakeError(absl::StatusCode::kResourceExhausted,
                               v1::ErrorDetail::REASON_OVER_QUOTA, "the mailbox is full");
    }
    resolved.accounts.push_back(account.account_id);
  }
  resolved.forwards = recipient->forwards;
  resolved.rewritten_sender = recipient->rewritten_sender;
  if (recipient->sub_address) {
    resolved.detail = address->detail;
  }
  co_return resolved;
}

asio::awaitable<absl::StatusOr<bool>> RecipientResolver::Reaches(absl::string_view text,
                                                                 AccountId account) {
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(text);
  if (!address.ok()) {
    co_return address.status();
  }
  const absl::StatusOr<Recipient> recipient = co_await Find(*address);
  if (absl::IsNotFound(recipient.status())) {
    co_return false;
  }
  if (!recipient.ok()) {
    co_return recipient.status();
  }
  co_return std::any_of(
      recipient->accounts.begin(), recipient->accounts.end(),
      [account](const RecipientAccount& one) { return one.account_id == account; });
}

asio::awaitable<absl::StatusOr<Recipient>> RecipientResolver::Find(const LocalAddress& address) {
  const absl::Time now = absl::Now();
  uint64_t epoch = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = found_.find(address.key);
    if (found != found_.end() && found->second.expires_at > now) {
      co_return found->second.recipient;
    }
    epoch = epoch_;
  }
  auto find = [address](Connection& connection) { return FindRecipient(connection, address); };
  absl::StatusOr<Recipient> recipient = co_await database_.Run(std::move(find));
  if (recipient.ok() && recipient->accounts.size() <= kMaxAccountsRemembered &&
      recipient->forwards.size() <= kMaxAccountsRemembered) {
    const std::lock_guard lock(mutex_);
    // What was read before a change must not outlive it here.
    if (epoch == epoch_) {
      if (found_.size() >= kMaxEntries) {
        found_.clear();
      }
      found_.insert_or_assign(address.key, Entry{*recipient, now + kLifetime});
    }
  }
  co_return recipient;
}

void RecipientResolver::Forget() {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  found_.clear();
}

}  // namespace posthorn::store
