// From a recipient address to the accounts behind it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct RecipientAccount {
  AccountId account_id;
  int64_t quota_bytes = 0;  // 0: no limit
  int64_t used_bytes = 0;
  int64_t quota_messages = 0;  // 0: no limit
  int64_t used_messages = 0;
};

struct Recipient {
  // One of both is not empty.
  std::vector<RecipientAccount> accounts;  // ascending
  std::vector<std::string> forwards;       // addresses outside
  // The address was only known without its detail.
  bool sub_address = false;
  // The address was a rewritten reverse-path (SRS), and `forwards` is whom it stands for.
  bool rewritten_sender = false;
};

// Aliases that one address may reach, over all levels.
inline constexpr int kMaxReachableAddresses = 10'000;
// Accounts that one address may reach, and addresses outside.
inline constexpr int kMaxRecipientAccounts = 1'000;

// The address as it is known here, or without its detail; through aliases to any depth, each
// address visited once, so loops end. Targets outside end a path. An address that nobody has goes
// to the domain's catch-all, the alias "@domain". A reverse-path that we rewrote (SRS) goes to the
// sender behind it, as long as it holds. NOT_FOUND (REASON_NOT_LOCAL, REASON_UNKNOWN_RECIPIENT);
// RESOURCE_EXHAUSTED (REASON_TOO_MANY) beyond the bounds above.
//
// RFC 5321 4.5.1: postmaster must be reachable. Where no account or alias of that name exists in
// the domain, its mail goes to the postmaster of the oldest domain that has one, otherwise to the
// oldest account of the domain (the one that was made when the server was set up), otherwise to the
// oldest of all. Without any account there is nobody, and it is REASON_UNKNOWN_RECIPIENT.
//
// Blocks; for Pool::Run; throws what libpqxx throws.
absl::StatusOr<Recipient> FindRecipient(Connection& connection, const LocalAddress& address);

}  // namespace posthorn::store
