#include "mailstore/outbound/site_admin_rows.h"

#include <pqxx/result_iterator.hxx>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

constexpr Statement kList{
    "site_admin.list",
    "SELECT s.site, (SELECT count(*) FROM queue_recipient r WHERE r.site = s.site), "
    "greatest(1, floor(s.window_size))::int, (SELECT count(*) FROM queue_slot l "
    "WHERE l.site = s.site AND l.lease_until > t.now), s.suspended, "
    "greatest(0, (s.dead_until - t.now + 999) / 1000), s.diagnostic "
    "FROM queue_site s, (SELECT " QUEUE_NOW
    " AS now) t "
    "WHERE s.site > $1 ORDER BY s.site LIMIT $2"};
constexpr Statement kSuspend{
    "site_admin.suspend",
    "INSERT INTO queue_site (site, next_due, suspended) VALUES ($1, " QUEUE_NEVER
    ", true) ON CONFLICT (site) DO UPDATE SET suspended = true"};
constexpr Statement kResume{"site_admin.resume",
                            "UPDATE queue_site SET suspended = false, dead_until = 0, "
                            "next_due = least(next_due, " QUEUE_NOW ") WHERE site = $1"};

}  // namespace

std::vector<v1::Site> ListSites(Connection& connection, const std::string& after, int limit) {
  std::vector<v1::Site> sites;
  for (const auto& row : connection.Exec(kList, after, limit)) {
    v1::Site& site = sites.emplace_back();
    site.set_site(row[0].c_str());
    site.set_recipients(row[1].as<uint64_t>());
    site.set_window(row[2].as<uint32_t>());
    site.set_connections(row[3].as<uint32_t>());
    site.set_suspended(row[4].as<bool>());
    site.set_dead_for_seconds(row[5].as<int64_t>());
    site.set_diagnostic(row[6].c_str());
  }
  return sites;
}

absl::Status ChangeSite(Connection& connection, const std::string& site, bool suspend) {
  Transaction transaction(connection);
  const pqxx::result changed = transaction.Exec(suspend ? kSuspend : kResume, site);
  transaction.Commit();
  if (changed.affected_rows() == 0) {
    return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                          absl::StrCat("there is no site ", site));
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
