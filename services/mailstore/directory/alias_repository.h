// The table of aliases: many addresses to many. All functions block and are for Pool::Run; they
// throw what libpqxx throws.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/directory/local_address.h"

namespace posthorn::store {

struct AliasRow {
  std::string address;
  std::string target;
};

// The alias's domain must exist. A target in a domain of ours must exist too: an account, another
// alias, or a sub-address of one (then it gets the mail without the detail); in any other domain it
// is outside. Loops are allowed and harmless.
// NOT_FOUND (REASON_NOT_FOUND), ALREADY_EXISTS (REASON_ADDRESS_EXISTS: an account has the address,
// or the alias has the target already), INVALID_ARGUMENT (REASON_ADDRESS_INVALID: its own target).
absl::Status AddAlias(Connection& connection, const LocalAddress& address,
                      const LocalAddress& target);
// By address and target. Empty domain: all.
absl::StatusOr<std::vector<AliasRow>> ListAliases(Connection& connection,
                                                  const std::string& domain);
// Null target: all of them. NOT_FOUND (REASON_NOT_FOUND).
absl::Status RemoveAlias(Connection& connection, const LocalAddress& address,
                         const LocalAddress* target);

// Takes an address that is gone out of all aliases. An alias that loses its last target is gone
// too, and taken out of others in turn.
void RemoveTarget(Transaction& transaction, const std::string& key);

}  // namespace posthorn::store
