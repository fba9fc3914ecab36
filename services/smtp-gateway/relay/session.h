// A session with a next hop that is ready for MAIL.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "smtp-gateway/client/connection.h"
#include "smtp-gateway/client/extensions.h"

namespace posthorn::relay {

struct Session {
  std::unique_ptr<client::Connection> connection;
  client::Extensions extensions;
  std::string host;
  std::string address;
  std::string tls;  // for the log; empty without
  bool lmtp = false;
  // TLS is such that mail with REQUIRETLS may go (RFC 8689 4.2.1), if the server offers it.
  bool may_require_tls = false;
  // Of recipients that were named, where the server limits them (RFC 9422 4.3).
  std::set<std::string> domains;
  // The policy of the host is not met: only for mail that says TLS-Required: No.
  bool below_policy = false;
};

}  // namespace posthorn::relay
