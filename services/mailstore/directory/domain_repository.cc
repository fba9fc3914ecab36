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
    "ON CONFLICT DO NOTHING RETURNING domain"};
constexpr Statement kFindMissing{"domain.find_missing",
                                 "SELECT DISTINCT d FROM unnest($1::text[]) d "
                                 "WHERE NOT EXISTS (SELECT FROM domain WHERE domain = d)"};
constexpr Statement kList{"domain.list", "SELECT domain FROM domain ORDER BY domain"};
constexpr Statement kLock{
    "domain.lock",
    "SELECT domain FROM domain WHERE domain = ANY($1::text[]) ORDER BY domain FOR UPDATE"};
constexpr Statement kInUse{"domain.in_use",
                           "SELECT EXISTS (SELECT FROM login WHERE domain = $1) OR "
                           "EXISTS (SELECT FROM alias WHERE domain = $1)"};
constexpr Statement kRemove{"domain.remove", "DELETE FROM domain WHERE domain = $1"};

std::vector<std::string> FirstColumn(const pqxx::result& rows) {
  std::vector<std::string> column;
  for (const auto& row : rows) {
    column.emplace_back(row[0].c_str());
  }
  return column;
}

}  // namespace

absl::Status AddDomain(Connection& connection, const std::string& domain,
                       absl::Span<const NewDkimKey> keys) {
  Transaction transaction(connection);
  if (transaction.Exec(kAdd, domain).affected_rows() == 0) {
    return rpc::MakeError(absl::StatusCode::kAlreadyExists, v1::ErrorDetail::REASON_ADDRESS_EXISTS,
                          absl::StrCat("domain ", domain, " exists already"));
  }
  AddFirstDkimKeys(transaction, domain, keys);
  transaction.Commit();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ListDomains(Connection& connection) {
  return FirstColumn(connection.Exec(kList));
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
  transaction.Post(kRemove, domain);
  transaction.Commit();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FindMissingDomains(
    Connection& connection, const std::vector<std::string>& domains) {
  return FirstColumn(connection.Exec(kFindMissing, TextArray(domains)));
}

std::vector<std::string> AddMissingDomains(Transaction& transaction,
                                           const std::vector<std::string>& domains) {
  return FirstColumn(transaction.Exec(kAddMissing, TextArray(domains)));
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
