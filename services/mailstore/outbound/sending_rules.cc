#include "mailstore/outbound/sending_rules.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailstore/auth/login_repository.h"
#include "mailstore/outbound/clean_text.h"

namespace posthorn::store {
namespace {

constexpr absl::string_view kRoutePrefix = "route:";

constexpr Statement kRoutes{"queue_route.load",
                            "SELECT recipient_domain, sender_domain, name, route FROM queue_route"};
constexpr Statement kOldestDomain{"domain.oldest",
                                  "SELECT domain FROM domain ORDER BY created_at, domain LIMIT 1"};

}  // namespace

std::string SendingRules::SiteOf(absl::string_view forward_path,
                                 absl::string_view reverse_path) const {
  if (IsHttpsUri(forward_path)) {
    return std::string(forward_path);
  }
  std::string domain = DomainOf(forward_path);
  if (!routes.empty()) {
    const std::pair<std::string, std::string> order[] = {
        {domain, ""}, {"", DomainOf(reverse_path)}, {"*", ""}, {"", "*"}};
    for (const auto& key : order) {
      if (key == std::pair<std::string, std::string>()) {
        continue;
      }
      if (const auto route = routes.find(key); route != routes.end()) {
        return absl::StrCat(kRoutePrefix, route->second);
      }
    }
  }
  return domain;
}

std::optional<v1::Route> SendingRules::RouteOf(absl::string_view site) const {
  if (!absl::ConsumePrefix(&site, kRoutePrefix)) {
    return std::nullopt;
  }
  const auto route = routes_by_name.find(std::string(site));
  return route == routes_by_name.end() ? std::nullopt : std::optional(route->second);
}

SendingRules LoadSendingRules(Connection& connection) {
  SendingRules rules;
  for (const auto& row : connection.Exec(kRoutes)) {
    rules.routes[{row[0].c_str(), row[1].c_str()}] = row[2].c_str();
    const pqxx::binarystring octets(row[3]);
    v1::Route& route = rules.routes_by_name[row[2].c_str()];
    route.ParseFromArray(octets.data(), static_cast<int>(octets.size()));
    route.set_name(row[2].c_str());
  }
  rules.srs_keys = LoadSrsKeys(connection);
  if (const pqxx::result oldest = connection.Exec(kOldestDomain); !oldest.empty()) {
    rules.srs_domain = oldest[0][0].c_str();
  }
  return rules;
}

}  // namespace posthorn::store
