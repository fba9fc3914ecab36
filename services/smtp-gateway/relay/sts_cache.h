// StsPolicies by the DNS and HTTPS, shared with all gateways through mailstore.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "smtp-gateway/relay/https.h"
#include "smtp-gateway/relay/sts_policies.h"
#include "smtp-gateway/relay/work_source.h"

namespace posthorn::relay {

// Thread-safe. The DNS is asked again after five minutes.
class StsCache final : public StsPolicies {
 public:
  StsCache(dns::Resolver& resolver, const net::ClientTls& tls, WorkSource& source,
           HttpsOptions options)
      : resolver_(resolver), tls_(tls), source_(source), options_(options) {}

  asio::awaitable<StsLookup> Find(std::string domain) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    StsLookup lookup;
    Clock::time_point until;
  };

  std::optional<Entry> Recent(const std::string& domain);
  void Remember(const std::string& domain, const StsLookup& lookup);
  asio::awaitable<StsLookup> Ask(const std::string& domain);
  asio::awaitable<StsLookup> Fetch(const std::string& domain, const std::string& id);

  dns::Resolver& resolver_;
  const net::ClientTls& tls_;
  WorkSource& source_;
  const HttpsOptions options_;
  std::mutex mutex_;  // of entries_
  std::map<std::string, Entry> entries_;
};

}  // namespace posthorn::relay
