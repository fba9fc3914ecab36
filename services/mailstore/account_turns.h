// Turns of accounts at work that takes long, so that one account cannot have all of it done at
// once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"
#include "mailstore/ids.h"
#include "mailstore/memory_budget.h"

namespace posthorn::store {

// Thread-safe; must outlive its turns.
class AccountTurns {
 public:
  // `limit`: turns of one account at a time. `patience`: how long a further one waits.
  AccountTurns(size_t limit, std::chrono::milliseconds patience)
      : limit_(limit), patience_(patience) {}

  // Gives its place back when it goes.
  class Turn {
   public:
    Turn(AccountTurns* turns, AccountId account, std::shared_ptr<MemoryBudget> places,
         MemoryBudget::Lease place);
    Turn(Turn&& other) noexcept = default;
    ~Turn();

   private:
    AccountTurns* turns_;
    AccountId account_;
    std::shared_ptr<MemoryBudget> places_;  // null after a move
    MemoryBudget::Lease place_;
  };

  // In the order in which they came; ResourceExhausted (REASON_OVERLOADED) when patience is at its
  // end.
  boost::asio::awaitable<absl::StatusOr<Turn>> Enter(AccountId account);

 private:
  std::shared_ptr<MemoryBudget> PlacesOf(AccountId account);

  const size_t limit_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  // With mutex_: of accounts that have a turn or wait for one, a byte a place.
  std::map<AccountId, std::weak_ptr<MemoryBudget>> places_;
};

}  // namespace posthorn::store
