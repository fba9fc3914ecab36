#include "mailstore/outbound/route_rows.h"

#include <pqxx/result_iterator.hxx>

#include "common/rpc/status.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/queue_sql.h"

namespace posthorn::store {
namespace {

constexpr Statement kSet{"route.set",
                         "INSERT INTO queue_route (recipient_domain, sender_domain, name, route) "
                         "VALUES ($1, $2, $3, $4) ON CONFLICT (recipient_domain, sender_domain) "
                         "DO UPDATE SET name = excluded.name, route = excluded.route"};
constexpr Statement kSetName{"route.set_name",
                             "UPDATE queue_route SET route = $2 WHERE name = $1 AND route <> $2"};
constexpr Statement kLoad{"route.load",
                          "SELECT recipient_domain, sender_domain, route FROM queue_route "
                          "ORDER BY recipient_domain, sender_domain"};
constexpr Statement kRemove{
    "route.remove",
    "DELETE FROM queue_route WHERE recipient_domain = $1 AND sender_domain = $2 RETURNING name"};
constexpr Statement kWake{
    "route.wake", "UPDATE queue_site SET dead_until = 0, next_due = least(next_due, " QUEUE_NOW
                  ") WHERE site = 'route:' || $1::text"};

}  // namespace

void SetRoute(Connection& connection, const v1::RouteRule& rule) {
  Transaction transaction(connection);
  const std::string route = rule.route().SerializeAsString();
  transaction.Post(kSet, rule.recipient_domain(), rule.sender_domain(), rule.route().name(),
                   Octets(route));
  transaction.Post(kSetName, rule.route().name(), Octets(route));
  transaction.Commit();
}

std::vector<v1::RouteRule> LoadRoutes(Connection& connection) {
  std::vector<v1::RouteRule> rules;
  for (const auto& row : connection.Exec(kLoad)) {
    v1::RouteRule& rule = rules.emplace_back();
    rule.set_recipient_domain(row[0].c_str());
    rule.set_sender_domain(row[1].c_str());
    rule.mutable_route()->ParseFromString(pqxx::binarystring(row[2]).str());
  }
  return rules;
}

absl::Status RemoveRoute(Connection& connection, const std::string& recipient_domain,
                         const std::string& sender_domain) {
  Transaction transaction(connection);
  const pqxx::result removed = transaction.Exec(kRemove, recipient_domain, sender_domain);
  if (removed.empty()) {
    return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                          "there is no such route");
  }
  transaction.Post(kWake, removed[0][0].c_str());
  transaction.Commit();
  return absl::OkStatus();
}

}  // namespace posthorn::store
