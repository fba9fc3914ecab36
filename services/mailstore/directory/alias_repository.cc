#include "mailstore/directory/alias_repository.h"

#include <pqxx/result_iterator.hxx>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/directory/domain_repository.h"
#include "mailstore/directory/text_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kIsLogin{"alias.is_login",
                             "SELECT EXISTS (SELECT FROM login WHERE address_key = $1)"};
// The target itself rather than what it is a sub-address of.
constexpr Statement kFindTarget{
    "alias.find_target",
    "SELECT k FROM unnest($1::text[]) WITH ORDINALITY t (k, n) "
    "WHERE EXISTS (SELECT FROM login WHERE address_key = k) "
    "OR EXISTS (SELECT FROM alias WHERE address_key = k) ORDER BY n LIMIT 1"};
constexpr Statement kAdd{"alias.add",
                         "INSERT INTO alias (address_key, target_key, domain, address, target, "
                         "outside) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING"};
constexpr Statement kList{"alias.list",
                          "SELECT address, target FROM alias ORDER BY address_key, target_key"};
constexpr Statement kListDomain{
    "alias.list_domain",
    "SELECT address, target FROM alias WHERE domain = $1 ORDER BY address_key, target_key"};
constexpr Statement kRemove{"alias.remove", "DELETE FROM alias WHERE address_key = $1"};
constexpr Statement kRemoveOne{
    "alias.remove_one",
    "DELETE FROM alias WHERE address_key = $1 AND (target_key = $2 OR target = $3)"};
constexpr Statement kExists{"alias.exists",
                            "SELECT EXISTS (SELECT FROM alias WHERE address_key = $1)"};
constexpr Statement kRemoveTargets{
    "alias.remove_targets",
    "DELETE FROM alias WHERE target_key = ANY($1::text[]) RETURNING address_key"};

absl::Status Exists(absl::string_view message) {
  return rpc::MakeError(absl::StatusCode::kAlreadyExists, v1::ErrorDetail::REASON_ADDRESS_EXISTS,
                        message);
}

absl::Status NotFound(absl::string_view message) {
  return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND, message);
}

// The key of the account or alias here that a target stands for.
absl::StatusOr<std::string> FindTarget(Transaction& transaction, const LocalAddress& address,
                                       const LocalAddress& target) {
  const pqxx::result found =
      transaction.Exec(kFindTarget, TextArray({target.key, target.base_key}));
  std::string key = found.empty() ? target.key : std::string(found[0][0].c_str());
  if (key == address.key) {
    return rpc::MakeError(absl::StatusCode::kInvalidArgument,
                          v1::ErrorDetail::REASON_ADDRESS_INVALID,
                          absl::StrCat(address.key, " cannot be its own target"));
  }
  if (found.empty()) {
    return NotFound(absl::StrCat("there is no account or alias ", target.key));
  }
  return key;
}

}  // namespace

absl::Status AddAlias(Connection& connection, const LocalAddress& address,
                      const LocalAddress& target) {
  const auto missing = FindMissingDomains(connection, {target.domain});
  if (!missing.ok()) {
    return missing.status();
  }
  const bool outside = !missing->empty();
  Transaction transaction(connection);
  if (absl::Status locked =
          LockDomains(transaction, {address.domain, outside ? address.domain : target.domain});
      !locked.ok()) {
    return locked;
  }
  if (transaction.Exec(kIsLogin, address.key)[0][0].as<bool>()) {
    return Exists(absl::StrCat(address.key, " is an account"));
  }
  absl::StatusOr<std::string> target_key =
      outside ? target.key : FindTarget(transaction, address, target);
  if (!target_key.ok()) {
    return target_key.status();
  }
  const pqxx::result added = transaction.Exec(kAdd, address.key, *target_key, address.domain,
                                              address.text, target.text, outside);
  transaction.Commit();
  if (added.affected_rows() == 0) {
    return Exists(absl::StrCat("alias ", address.key, " has the target ", *target_key, " already"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AliasRow>> ListAliases(Connection& connection,
                                                  const std::string& domain) {
  const pqxx::result rows =
      domain.empty() ? connection.Exec(kList) : connection.Exec(kListDomain, domain);
  std::vector<AliasRow> aliases;
  for (const auto& row : rows) {
    aliases.push_back({row[0].c_str(), row[1].c_str()});
  }
  return aliases;
}

absl::Status RemoveAlias(Connection& connection, const LocalAddress& address,
                         const LocalAddress* target) {
  Transaction transaction(connection);
  if (absl::Status locked = LockDomains(transaction, {address.domain}); !locked.ok()) {
    return locked;
  }
  const pqxx::result removed =
      target == nullptr ? transaction.Exec(kRemove, address.key)
                        : transaction.Exec(kRemoveOne, address.key, target->key, target->text);
  if (removed.affected_rows() == 0) {
    return NotFound(target == nullptr
                        ? absl::StrCat("there is no alias ", address.key)
                        : absl::StrCat("alias ", address.key, " has no target ", target->key));
  }
  if (!transaction.Exec(kExists, address.key)[0][0].as<bool>()) {
    RemoveTarget(transaction, address.key);
  }
  transaction.Commit();
  return absl::OkStatus();
}

void RemoveTarget(Transaction& transaction, const std::string& key) {
  std::vector<std::string> gone = {key};
  // Ends: each round deletes rows, and without any there is nothing left to take out.
  while (!gone.empty()) {
    const pqxx::result touched = transaction.Exec(kRemoveTargets, TextArray(gone));
    gone.clear();
    for (const auto& row : touched) {
      const std::string alias = row[0].c_str();
      if (!transaction.Exec(kExists, alias)[0][0].as<bool>()) {
        gone.push_back(alias);
      }
    }
  }
}

}  // namespace posthorn::store
