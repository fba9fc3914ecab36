// The table of domains. All functions block and are for Pool::Run; they throw what libpqxx throws.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/dkim_key_rows.h"

namespace posthorn::store {

// Domains are in the form of ParseDomain everywhere.

// Its mail is signed with these keys from the first on. ALREADY_EXISTS (REASON_ADDRESS_EXISTS).
absl::Status AddDomain(Connection& connection, const std::string& domain,
                       absl::Span<const NewDkimKey> keys);
// All, ascending.
absl::StatusOr<std::vector<std::string>> ListDomains(Connection& connection);
// NOT_FOUND (REASON_NOT_FOUND); FAILED_PRECONDITION (REASON_NOT_EMPTY) with accounts or aliases.
absl::Status RemoveDomain(Connection& connection, const std::string& domain);

// Those of the domains that do not exist, each once.
absl::StatusOr<std::vector<std::string>> FindMissingDomains(
    Connection& connection, const std::vector<std::string>& domains);
// Makes the domains that are missing; returns them.
std::vector<std::string> AddMissingDomains(Transaction& transaction,
                                           const std::vector<std::string>& domains);
// Locks the domains, in order, to the end of the transaction: whoever adds or removes addresses of
// a domain has its lock. NOT_FOUND (REASON_NOT_FOUND) if one does not exist.
absl::Status LockDomains(Transaction& transaction, std::vector<std::string> domains);

}  // namespace posthorn::store
