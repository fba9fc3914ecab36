#include "mailstore/outbound/tls_policy_rows.h"

#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

constexpr Statement kLoad{
    "sts_policy.load", "SELECT id, policy, fetched_at + max_age - " UNIX_NOW
                       " FROM sts_policy WHERE domain = $1 AND fetched_at + max_age > " UNIX_NOW};
constexpr Statement kSave{
    "sts_policy.save",
    "INSERT INTO sts_policy (domain, id, policy, max_age, fetched_at) VALUES ($1, $2, $3, "
    "$4, " UNIX_NOW
    ") ON CONFLICT (domain) DO UPDATE SET id = excluded.id, policy = excluded.policy, "
    "max_age = excluded.max_age, fetched_at = excluded.fetched_at"};

}  // namespace

std::optional<v1::StsPolicy> LoadStsPolicy(Connection& connection, const std::string& domain) {
  const pqxx::result rows = connection.Exec(kLoad, domain);
  if (rows.empty()) {
    return std::nullopt;
  }
  v1::StsPolicy policy;
  policy.set_id(rows[0][0].c_str());
  policy.set_text(rows[0][1].c_str());
  policy.set_max_age_seconds(rows[0][2].as<uint32_t>());
  return policy;
}

void SaveStsPolicy(Connection& connection, const std::string& domain, const v1::StsPolicy& policy) {
  connection.Exec(kSave, domain, policy.id(), policy.text(),
                  static_cast<int32_t>(policy.max_age_seconds()));
}

}  // namespace posthorn::store
