// Table queue_route: mail that does not go by its MX. All functions block and are for Pool::Run;
// they throw what libpqxx throws.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

// Writes a rule over the one for the same domains. All rules with the route's name get its route:
// what waits for a name goes one way.
void SetRoute(Connection& connection, const v1::RouteRule& rule);

// All, with passwords and keys.
std::vector<v1::RouteRule> LoadRoutes(Connection& connection);

// Recipients that wait for a route without rules go where they belong when they are next claimed;
// its site is woken for it. NOT_FOUND (REASON_NOT_FOUND).
absl::Status RemoveRoute(Connection& connection, const std::string& recipient_domain,
                         const std::string& sender_domain);

}  // namespace posthorn::store
