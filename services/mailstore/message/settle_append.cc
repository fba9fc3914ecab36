#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mailstore/batch/recorded_result.h"
#include "mailstore/caller.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/idempotency_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kKeySize = 16;

// Whose account the key was used in. The caller's own mailbox need not be there any more; to write
// into another account takes the right that the append took.
absl::StatusOr<AccountId> OwnerOf(Connection& connection, AccountId caller,
                                  const std::string& mailbox) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, mailbox);
  if (!located.ok() || located->owner == caller) {
    return located.ok() ? absl::StatusOr<AccountId>(caller) : located.status();
  }
  const auto authorized = AuthorizeName(connection, caller, mailbox, Right::kInsert);
  return authorized.ok() ? absl::StatusOr<AccountId>(authorized->account) : authorized.status();
}

absl::StatusOr<std::string> Settle(Connection& connection, AccountId caller,
                                   const v1::SettleAppendRequest& request) {
  const absl::StatusOr<AccountId> owner = OwnerOf(connection, caller, request.mailbox());
  if (!owner.ok()) {
    return owner.status();
  }
  return SettleResult(connection, *owner, request.idempotency_key(),
                      absl::ToUnixSeconds(absl::Now()));
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoSettleAppend(const v1::SettleAppendRequest& request,
                                                             v1::SettleAppendResponse& response) {
  const absl::StatusOr<AccountId> caller = CheckCaller(tickets_, request.caller());
  if (!caller.ok()) {
    co_return caller.status();
  }
  if (request.idempotency_key().size() != kKeySize) {
    co_return absl::InvalidArgumentError("idempotency_key: 16 octets");
  }
  auto settle = [caller = *caller, &request](Connection& connection) {
    return Settle(connection, caller, request);
  };
  const absl::StatusOr<std::string> result = co_await store_.reads().Run(std::move(settle));
  if (!result.ok() || result->empty()) {
    co_return result.status();
  }
  co_return ReadResult(*result, response.mutable_appended());
}

}  // namespace posthorn::store
