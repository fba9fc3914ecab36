#include "smtp-gateway/dns/validating_resolver.h"

#include <chrono>
#include <utility>

#include "common/log/log.h"
#include "common/runtime/runtime.h"

namespace posthorn::dns {
namespace {

constexpr std::chrono::milliseconds kFirstProbe{5000};
constexpr std::chrono::milliseconds kStep{20};
constexpr std::chrono::minutes kProbeEvery{10};
constexpr std::chrono::minutes kProbeSilent{1};

void LogState(ValidatingResolver::State state) {
  using State = ValidatingResolver::State;
  switch (state) {
    case State::kServers:
      return log::Info("DNSSEC is validated");
    case State::kFromRoot:
      return log::Info(
          "DNSSEC is validated from the root on, without the DNS servers: they do not pass on what "
          "it needs");
    case State::kUnvalidated:
      return log::Warning(
          "the DNS servers do not pass on what DNSSEC needs: mail leaves without DANE",
          {{"remedy", "a DNS server that does, by dns_server"}});
    case State::kBogus:
      return log::Error("the DNS servers do not pass on what DNSSEC needs: mail waits",
                        {{"remedy", "a DNS server that does, by dns_server, or dnssec=auto"}});
    case State::kSilent:
      return log::Warning("no DNS server answers: mail that leaves waits",
                          {{"remedy", "one that can be reached, by dns_server"}});
    case State::kOff:
    case State::kUnknown:
      return;
  }
}

// The root is signed, and whoever resolves names knows its servers.
asio::awaitable<Answer> AskForRoot(Resolver& resolver) {
  co_return co_await resolver.Query(".", Type::kNs);
}

}  // namespace

ValidatingResolver::ValidatingResolver(Ways ways)
    : ways_(std::move(ways)), way_(ways_.servers ? ways_.servers.get() : ways_.unvalidated.get()) {}

asio::awaitable<Answer> ValidatingResolver::Query(std::string name, Type type) {
  for (auto waited = kStep * 0; state_ == State::kUnknown && waited < kFirstProbe;
       waited += kStep) {
    co_await runtime::Sleep(kStep);
  }
  co_return co_await way_.load()->Query(std::move(name), type);
}

asio::awaitable<ValidatingResolver::State> ValidatingResolver::Look() {
  if (ways_.servers && (co_await AskForRoot(*ways_.servers)).secure) {
    co_return State::kServers;
  }
  const Outcome plain = (co_await AskForRoot(*ways_.unvalidated)).outcome;
  if (plain == Outcome::kFailed) {
    co_return State::kSilent;
  }
  if (!ways_.servers) {
    co_return State::kOff;
  }
  if (ways_.required) {
    co_return State::kBogus;
  }
  // Servers that do not know the root are those of a network of its own, which is not left.
  if (ways_.from_root && plain == Outcome::kData &&
      (co_await AskForRoot(*ways_.from_root)).secure) {
    co_return State::kFromRoot;
  }
  co_return State::kUnvalidated;
}

asio::awaitable<ValidatingResolver::State> ValidatingResolver::Probe() {
  const State state = co_await Look();
  if (state == State::kServers) {
    way_ = ways_.servers.get();
  } else if (state == State::kFromRoot) {
    way_ = ways_.from_root.get();
  } else if (state == State::kUnvalidated) {
    way_ = ways_.unvalidated.get();
  }
  if (state_.exchange(state) != state) {
    LogState(state);
  }
  co_return state;
}

asio::awaitable<void> ValidatingResolver::Watch() {
  while (true) {
    const State state = co_await Probe();
    if (state == State::kServers || state == State::kOff) {
      co_return;
    }
    co_await runtime::Sleep(state == State::kSilent ? kProbeSilent : kProbeEvery);
  }
}

}  // namespace posthorn::dns
