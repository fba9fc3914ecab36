#include "mailstore/account_turns.h"

#include <utility>

#include "common/rpc/status.h"

namespace posthorn::store {

namespace asio = boost::asio;

AccountTurns::Turn::Turn(AccountTurns* turns, AccountId account,
                         std::shared_ptr<MemoryBudget> places, MemoryBudget::Lease place)
    : turns_(turns), account_(account), places_(std::move(places)), place_(std::move(place)) {}

AccountTurns::Turn::~Turn() {
  if (places_ == nullptr) {
    return;
  }
  place_ = MemoryBudget::Lease();
  std::lock_guard lock(turns_->mutex_);
  places_.reset();
  // The last one of an account leaves nothing behind.
  if (const auto it = turns_->places_.find(account_);
      it != turns_->places_.end() && it->second.expired()) {
    turns_->places_.erase(it);
  }
}

std::shared_ptr<MemoryBudget> AccountTurns::PlacesOf(AccountId account) {
  std::lock_guard lock(mutex_);
  std::weak_ptr<MemoryBudget>& known = places_[account];
  std::shared_ptr<MemoryBudget> places = known.lock();
  if (places == nullptr) {
    places = std::make_shared<MemoryBudget>(limit_, patience_);
    known = places;
  }
  return places;
}

asio::awaitable<absl::StatusOr<AccountTurns::Turn>> AccountTurns::Enter(AccountId account) {
  std::shared_ptr<MemoryBudget> places = PlacesOf(account);
  auto place = co_await places->Acquire(1);
  if (!place.ok()) {
    co_return rpc::MakeError(absl::StatusCode::kResourceExhausted,
                             v1::ErrorDetail::REASON_OVERLOADED,
                             "the account has too many searches running");
  }
  co_return Turn(this, account, std::move(places), *std::move(place));
}

}  // namespace posthorn::store
