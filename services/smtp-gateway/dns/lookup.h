// What mail asks the DNS: the hosts of a domain, their addresses, the certificates they promise.
#pragma once

#include <string>
#include <vector>

#include "smtp-gateway/dns/records.h"
#include "smtp-gateway/dns/resolver.h"

namespace posthorn::dns {

struct MxLookup {
  Outcome outcome = Outcome::kFailed;
  bool secure = false;
  bool null_mx = false;  // RFC 7505: the domain takes no mail
  // By preference, in random order where it is equal (RFC 5321 5.1). Records that are malformed
  // are left out; kFailed if all are. At most 50.
  std::vector<Mx> hosts;
  std::string reason;
};
asio::awaitable<MxLookup> LookupMx(Resolver& resolver, const std::string& domain);

struct AddressLookup {
  Outcome outcome = Outcome::kFailed;
  // IPv6 and IPv4 in turn, IPv6 first (RFC 8305 4); at most 20.
  std::vector<net::IpAddress> addresses;
  // Names that may have TLSA records, in the order of RFC 7672 2.2.2; none if the addresses are not
  // secure.
  std::vector<std::string> tlsa_bases;
  std::string reason;
};
asio::awaitable<AddressLookup> LookupAddresses(Resolver& resolver, const std::string& host);

struct TlsaLookup {
  // kData: secure records that are well-formed, some or none of them usable. kNoData: none, or not
  // secure. kFailed: the host must not be used (RFC 7672 2.1).
  Outcome outcome = Outcome::kFailed;
  std::string base;  // whose records they are
  std::vector<net::Tlsa> records;
  std::string reason;
};
asio::awaitable<TlsaLookup> LookupTlsa(Resolver& resolver, const std::vector<std::string>& bases,
                                       uint16_t port);

// The texts of a name; empty if there are none. UNAVAILABLE if that is not known.
asio::awaitable<absl::StatusOr<std::vector<std::string>>> LookupTexts(Resolver& resolver,
                                                                      const std::string& name);

}  // namespace posthorn::dns
