// Resolver that validates by DNSSEC as far as the network lets it. Many a router, and many a
// resolver behind one, drops the records that DNSSEC needs, and all of the DNS looks forged then:
// without another way no mail would leave.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "smtp-gateway/dns/resolver.h"

namespace posthorn::dns {

class ValidatingResolver final : public Resolver {
 public:
  struct Ways {
    std::unique_ptr<Resolver> servers;      // asks the DNS servers and validates; null: never
    std::unique_ptr<Resolver> from_root;    // validates without those servers; may be null
    std::unique_ptr<Resolver> unvalidated;  // takes what the DNS servers say
    bool required = false;                  // only `servers` will do
  };
  // How things stood at the last probe.
  enum class State {
    kUnknown,
    kServers,
    kFromRoot,
    kUnvalidated,  // the servers drop what DNSSEC needs, and so does whoever is on the way
    kBogus,        // as before, and nothing else is allowed
    kSilent,       // no server answers
    kOff,          // validation is not wanted
  };

  explicit ValidatingResolver(Ways ways);

  // As the last probe found best. While there was none, waits for it: 5 seconds at most.
  asio::awaitable<Answer> Query(std::string name, Type type) override;

  // Looks which way works and takes it; a change is logged. If no server answers all stays as it
  // is.
  asio::awaitable<State> Probe();
  // Probes until the servers are found to serve: every 10 minutes, or each minute if none answers.
  asio::awaitable<void> Watch();

 private:
  asio::awaitable<State> Look();

  Ways ways_;
  std::atomic<Resolver*> way_;
  std::atomic<State> state_ = State::kUnknown;
};

}  // namespace posthorn::dns
