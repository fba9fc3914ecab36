// Answers RCPT: who gets the mail for an address, and whether it fits.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "mailstore/db/pool.h"
#include "mailstore/directory/recipient_repository.h"

namespace posthorn::store {

struct ResolvedRecipient {
  // All behind the address: one of both is not empty.
  std::vector<AccountId> accounts;
  std::vector<std::string> forwards;
  std::string detail;
  bool rewritten_sender = false;
};

// Remembers addresses that were found for a second, so that a burst of mail to the same people
// costs one query. What it says is a forecast: delivery checks accounts and quotas under their
// locks. Thread-safe; never blocks the caller's executor.
class RecipientResolver {
 public:
  // `database` must outlive it.
  explicit RecipientResolver(Pool& database);

  // Errors of FindRecipient; RESOURCE_EXHAUSTED (REASON_OVER_QUOTA) if one of the accounts
  // behind the address has no room for `size` octets; INVALID_ARGUMENT (REASON_ADDRESS_INVALID).
  boost::asio::awaitable<absl::StatusOr<ResolvedRecipient>> Resolve(absl::string_view text,
                                                                    uint64_t size);

  // Whether mail for the address gets to the account, whatever room it has. INVALID_ARGUMENT
  // (REASON_ADDRESS_INVALID); errors of the database.
  boost::asio::awaitable<absl::StatusOr<bool>> Reaches(absl::string_view text, AccountId account);

  // After a change of the directory through this replica.
  void Forget();

 private:
  struct Entry {
    Recipient recipient;
    absl::Time expires_at;
  };

  boost::asio::awaitable<absl::StatusOr<Recipient>> Find(const LocalAddress& address);

  Pool& database_;
  std::mutex mutex_;
  uint64_t epoch_ = 0;  // counts Forget()
  absl::flat_hash_map<std::string, Entry> found_;
};

}  // namespace posthorn::store
