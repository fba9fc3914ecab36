#include "mailstore/directory/domain_repository.h"

#include <algorithm>
#include <pqxx/result_iterator.hxx>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/directory/text_array.h"

namespace posthorn::store {
namespace {

constexpr Statement kAdd{"domain.add",
                         "INSERT INTO domain (domain) VALUES ($1) ON CONFLICT DO NOTHING"};
constexpr Statement kAddMissing{
    "domain.add_missing",
    "INSERT INTO domain (domain) SELECT d FROM unnest($1::text[]) d ORDER BY d "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kList{"domain.list", "SELECT domain FROM domain ORDER BY domain"};
constexpr Statement kLock{
    "domain.lock",
    "SELECT domain FROM domain WHERE domain = ANY($1::text[]) ORDER BY domain FOR UPDATE"};
constexpr Statement kInUse{"domain.in_use",
                           "SELECT EXISTS (SELECT FROM login WHERE domain = $1) OR "
                           "EXISTS (SELECT FROM alias WHERE domain = $1)"};
constexpr Statement kRemove{"domain.remove", "DELETE FROM domain WHERE domain = $1"};

}  // namespace

absl::Status AddDomain(Connection& connection, const std::string& domain) {
  Transaction transaction(connection);
  const pqxx::result added = transaction.Exec(kAdd, domain);
  transaction.Commit();
  if (added.affected_rows() == 0) {
    return rpc::MakeError(absl::StatusCode::kAlreadyExists, v1::ErrorDetail::REASON_ADDRESS_EXISTS,
                          absl::StrCat("domain ", domain, " exists already"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ListDomains(Connection& connection) {
  std::vector<std::string> domains;
  for (const auto& row : connection.Exec(kList)) {
    domains.emplace_back(row[0].c_str());
  }
  return domains;
}

absl::Status RemoveDomain(Connection& connection, const std::string& domain) {
  Transaction transaction(connection);
  if (absl::Status locked = LockDomains(transaction, {domain}); !locked.ok()) {
    return locked;
  }
  if (transaction.Exec(kInUse, domain)[0][0].as<bool>()) {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition, v1::ErrorDetail::REASON_NOT_EMPTY,
                          absl::StrCat("domain ", domain, " has accounts or aliases still"));
  }
  transaction.Exec(kRemove, domain);
  transaction.Commit();
  return absl::OkStatus();
}

void AddMissingDomains(Transaction& transaction, const std::vector<std::string>& domains) {
  transaction.Exec(kAddMissing, TextArray(domains));
}

absl::Status LockDomains(Transaction& transaction, std::vector<std::string> domains) {
  std::sort(domains.begin(), domains.end());
  domains.erase(std::unique(domains.begin(), domains.end()), domains.end());
  const pqxx::result locked = transaction.Exec(kLock, TextArray(domains));
  for (size_t i = 0; i < domains.size(); ++i) {
    if (i >= static_cast<size_t>(locked.size()) || locked[i][0].c_str() != domains[i]) {
      return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                            absl::StrCat("domain ", domains[i], " is not served here"));
    }
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
