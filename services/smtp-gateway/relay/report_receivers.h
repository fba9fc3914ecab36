// Where domains want their reports of TLS sessions (RFC 8460 3), by the DNS.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/dns/lookup.h"

namespace posthorn::relay {

namespace asio = boost::asio;

// On one executor.
class ReportReceivers {
 public:
  explicit ReportReceivers(dns::Resolver& resolver) : resolver_(resolver) {}

  // Mail addresses and URIs; none if the domain wants no reports, or the DNS does not say. Asked
  // again after an hour.
  asio::awaitable<std::vector<std::string>> Find(std::string domain);

  struct Sorted {
    v1::CountTlsSessionsRequest wanted;  // with the receivers of each domain
    v1::CountTlsSessionsRequest later;   // there was no time to ask
  };
  // What is to be counted: sessions of domains that want reports. Those of others are left out.
  // Takes 10 seconds and one question more at most.
  asio::awaitable<Sorted> Sort(v1::CountTlsSessionsRequest counted);

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::vector<std::string> addresses;
    Clock::time_point until;
  };

  dns::Resolver& resolver_;
  std::map<std::string, Entry> entries_;
};

}  // namespace posthorn::relay
