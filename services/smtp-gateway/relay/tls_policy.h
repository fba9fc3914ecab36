// What TLS a host must have before mail goes to it.
#pragma once

#include <string>
#include <vector>

#include "common/net/client_tls.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::relay {

// What a message says of TLS (RFC 8689).
enum class TlsDemand {
  kPolicy,     // nothing: what the recipient's domain, or a route, demands
  kRequired,   // REQUIRETLS
  kOptional,   // TLS-Required: No
  kUncounted,  // a report of TLS: as kOptional, and in no report itself (RFC 8460 3)
};

inline bool IsOptional(TlsDemand demand) {
  return demand == TlsDemand::kOptional || demand == TlsDemand::kUncounted;
}

struct TlsPolicy {
  enum class Level {
    kNone,           // not even tried
    kOpportunistic,  // as good as it gets, else in the clear (RFC 7435)
    kRequired,       // whatever the certificate
    kVerified,       // the certificate is for one of `names`
    kDane,           // the certificate matches `tlsa` (RFC 7672)
  };
  Level level = Level::kOpportunistic;
  bool implicit = false;  // from the first octet
  std::string server_name;
  std::vector<std::string> names;
  std::vector<net::Tlsa> tlsa;
  // The name that `names` stands for is known to be the right one: by DNSSEC, by MTA-STS, or by an
  // administrator (RFC 8689 4.2.1).
  bool name_is_trusted = false;
  // The message goes even if the policy cannot be met (RFC 8689 4.2.2).
  bool optional = false;
  // It cannot be met, whatever the host shows; with `optional` only.
  bool unmet = false;
  // For reports (RFC 8460 4.4).
  std::string type = "no-policy-found";
  std::string text;

  bool mandatory() const { return level >= Level::kRequired && !optional; }
};

// Of a route that an administrator set.
TlsPolicy PolicyOfRoute(const v1::Route& route);

// Of a host with TLSA records, secure all of them (RFC 7672 2.2): with none that is usable, TLS is
// required, whatever the certificate. `base` is where the records are.
TlsPolicy PolicyOfTlsa(const std::string& host, const std::string& domain, const std::string& base,
                       const std::vector<net::Tlsa>& records);

// One line of a report (RFC 8460 4.4: "policy-string").
std::string TlsaText(const net::Tlsa& record);

}  // namespace posthorn::relay
