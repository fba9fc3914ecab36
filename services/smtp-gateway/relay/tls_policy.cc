#include "smtp-gateway/relay/tls_policy.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "smtp-gateway/relay/router.h"

namespace posthorn::relay {

TlsPolicy PolicyOfRoute(const v1::Route& route) {
  TlsPolicy policy;
  if (const auto address = AddressOfRoute(route); address.has_value()) {
    policy.names = {address->to_string()};  // RFC 6066 3: no address is a server's name
  } else {
    policy.server_name = route.host();
    policy.names = {route.host()};
  }
  policy.name_is_trusted = true;
  switch (route.tls()) {
    case v1::Route::TLS_NONE:
      policy.level = TlsPolicy::Level::kNone;
      break;
    case v1::Route::TLS_REQUIRED:
      policy.level = TlsPolicy::Level::kRequired;
      break;
    case v1::Route::TLS_VERIFIED:
      policy.level = TlsPolicy::Level::kVerified;
      break;
    case v1::Route::TLS_IMPLICIT:
      policy.level = TlsPolicy::Level::kVerified;
      policy.implicit = true;
      break;
    default:
      policy.level = TlsPolicy::Level::kOpportunistic;
  }
  return policy;
}

std::string TlsaText(const net::Tlsa& record) {
  return absl::StrCat(record.usage, " ", record.selector, " ", record.matching, " ",
                      absl::BytesToHexString(record.data));
}

TlsPolicy PolicyOfTlsa(const std::string& host, const std::string& domain, const std::string& base,
                       const std::vector<net::Tlsa>& records) {
  TlsPolicy policy;
  policy.level = TlsPolicy::Level::kRequired;
  policy.type = "tlsa";
  policy.server_name = base;  // RFC 7672 8.1
  policy.name_is_trusted = true;
  for (const net::Tlsa& record : records) {
    absl::StrAppend(&policy.text, policy.text.empty() ? "" : "\n", TlsaText(record));
    if (net::IsUsable(record)) {
      policy.tlsa.push_back(record);
    }
  }
  if (!policy.tlsa.empty()) {
    policy.level = TlsPolicy::Level::kDane;
    // RFC 7672 3.2.2: names of a certificate under DANE-TA.
    policy.names = {base, host, domain};
  } else {
    policy.names = {host};
  }
  return policy;
}

}  // namespace posthorn::relay
