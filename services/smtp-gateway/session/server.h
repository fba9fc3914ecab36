// What all sessions of the gateway share.
#pragma once

#include <string>

#include "common/net/address.h"
#include "common/net/tls.h"
#include "smtp-gateway/session/limits.h"
#include "smtp-gateway/session/session_metrics.h"
#include "smtp-gateway/store/mail_store.h"

namespace posthorn::filter {
class Dnsbl;
class Filters;
}  // namespace posthorn::filter

namespace posthorn::smtp {

// What a port is for.
enum class Role {
  kMx,          // mail from other servers (RFC 5321): nobody logs in
  kSubmission,  // mail from users (RFC 6409): nobody sends without login
  kLmtp,        // mail from an MTA in front (RFC 2033): a reply for each recipient
};

struct Port {
  std::string name;  // "mx", "submission", "submissions", "lmtp": in logs and metrics
  Role role = Role::kMx;
};

// Read-only while sessions run. Outlives them.
struct Server {
  std::string hostname;
  // Where mail to <postmaster> without a domain goes (RFC 5321 4.5.1).
  std::string postmaster;
  Limits limits;
  MailStore* store = nullptr;
  // Who may speak LMTP, and who may say for whom it speaks (XCLIENT): nobody else.
  net::NetworkList lmtp_networks;
  net::NetworkList xclient_networks;
  // What mail passes before it is delivered; null: nothing.
  const filter::Filters* filters = nullptr;
  const filter::Dnsbl* blocklists = nullptr;  // null: clients are looked up in none
  const net::ServerTls* tls = nullptr;        // null: STARTTLS is not offered
  SessionMetrics* metrics = nullptr;
};

}  // namespace posthorn::smtp
