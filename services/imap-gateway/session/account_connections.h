#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include "absl/container/flat_hash_map.h"

namespace posthorn::imap {

// How many sessions of this process each account has, so that one account cannot take them all.
// Thread-safe; outlives its places.
class AccountConnections {
 public:
  explicit AccountConnections(std::size_t limit) : limit_(limit) {}

  // Given back when it goes.
  class Place {
   public:
    Place(AccountConnections& counts, std::uint64_t account_id)
        : counts_(counts), account_id_(account_id) {}
    ~Place() { counts_.Leave(account_id_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    AccountConnections& counts_;
    const std::uint64_t account_id_;
  };

  // nullptr: the account has as many as it may have.
  std::unique_ptr<Place> Enter(std::uint64_t account_id);

 private:
  void Leave(std::uint64_t account_id);

  const std::size_t limit_;
  std::mutex mutex_;
  absl::flat_hash_map<std::uint64_t, std::size_t> counts_;  // guarded by mutex_
};

}  // namespace posthorn::imap
