// How mail leaves: the routes, and what reverse-paths of forwarded mail are rewritten with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

struct SendingRules {
  // By recipient's and sender's domain, one of which is empty; "*" stands for all.
  std::map<std::pair<std::string, std::string>, std::string> routes;  // names
  std::map<std::string, v1::Route> routes_by_name;
  // The first one signs; addresses that an older one made are good too.
  std::vector<std::string> srs_keys;
  std::string srs_domain;  // the oldest domain here; empty if there is none

  // Where mail to the address goes: "route:NAME" by the recipient's domain, else by the sender's,
  // else by "*"; otherwise the recipient's domain in lower-case A-labels. An https URI, which takes
  // reports of TLS, is a site of its own.
  std::string SiteOf(absl::string_view forward_path, absl::string_view reverse_path) const;
  // The route of a site; none if it goes by its MX.
  std::optional<v1::Route> RouteOf(absl::string_view site) const;
};

// Blocks; throws what libpqxx throws.
SendingRules LoadSendingRules(Connection& connection);

}  // namespace posthorn::store
