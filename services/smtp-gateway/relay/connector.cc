#include "smtp-gateway/relay/connector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/relay/host_policies.h"
#include "smtp-gateway/relay/session_opener.h"

namespace posthorn::relay {
namespace {

constexpr int kMostAddresses = 10;  // that one Connect tries

// One call of Connect.
class Search {
 public:
  Search(const ConnectorOptions& options, dns::Resolver& resolver, const v1::Route* route,
         HostPolicies& policies, SessionOpener& opener, AttemptRecord& record)
      : options_(options),
        resolver_(resolver),
        route_(route),
        policies_(policies),
        opener_(opener),
        record_(record) {}

  asio::awaitable<ConnectResult> Run();

 private:
  asio::awaitable<dns::AddressLookup> AddressesOf(const Host& host);
  asio::awaitable<void> TryHost(const Host& host, bool secure);
  bool Over() const {
    return session_.has_value() || addresses_ >= kMostAddresses || options_.stopping();
  }

  const ConnectorOptions& options_;
  dns::Resolver& resolver_;
  const v1::Route* const route_;
  HostPolicies& policies_;
  SessionOpener& opener_;
  AttemptRecord& record_;
  int addresses_ = 0;
  std::optional<Session> session_;
};

asio::awaitable<ConnectResult> Search::Run() {
  Routing routing;
  if (route_ != nullptr) {
    routing = RouteByRule(*route_);
  } else {
    routing = co_await RouteByMx(resolver_, options_.router, record_.site());
  }
  if (routing.verdict.has_value()) {
    co_return ConnectResult{.verdict = *std::move(routing.verdict)};
  }
  for (const Host& host : routing.hosts) {
    if (Over()) {
      break;
    }
    record_.AtHost(host.name);
    co_await TryHost(host, routing.secure);
  }
  ConnectResult result = record_.Take();
  if (session_.has_value()) {
    result.session = std::move(session_);
  } else if (options_.stopping()) {
    result.verdict = Untried();
    result.site = v1::FinishWorkRequest::SITE_UNKNOWN;
  }
  co_return result;
}

// Without addresses the record says why.
asio::awaitable<dns::AddressLookup> Search::AddressesOf(const Host& host) {
  if (host.literal.has_value()) {
    co_return dns::AddressLookup{.outcome = dns::Outcome::kData, .addresses = {*host.literal}};
  }
  dns::AddressLookup lookup = co_await dns::LookupAddresses(resolver_, host.name);
  if (lookup.outcome == dns::Outcome::kFailed) {
    lookup.addresses.clear();
    record_.Keep(Weight::kNoDns,
                 Deferred("4.4.3", absl::StrCat("the address of ", host.name,
                                                " is not known: ", lookup.reason)),
                 v1::FinishWorkRequest::SITE_UNKNOWN);
  } else if (lookup.addresses.empty()) {
    record_.Keep(Weight::kNoAddress,
                 Failed("5.4.4", absl::StrCat("the host ", host.name, " has no address")),
                 v1::FinishWorkRequest::SITE_UNKNOWN);
  }
  co_return lookup;
}

asio::awaitable<void> Search::TryHost(const Host& host, bool secure) {
  const dns::AddressLookup lookup = co_await AddressesOf(host);
  if (lookup.addresses.empty()) {
    co_return;
  }
  const std::optional<TlsPolicy> policy = co_await policies_.Of(host, secure, lookup);
  if (!policy.has_value()) {
    co_return;
  }
  for (const net::IpAddress& address : lookup.addresses) {
    if (Over()) {
      break;
    }
    const bool own = address.is_loopback() || address.is_unspecified() || address.is_multicast();
    if (own && route_ == nullptr && !options_.loopback_allowed) {
      record_.Keep(Weight::kNoAddress,
                   Failed("5.4.6", absl::StrCat("mail for ", record_.site(), " loops: ", host.name,
                                                " is this server")),
                   v1::FinishWorkRequest::SITE_UNKNOWN);
      continue;
    }
    ++addresses_;
    session_ = co_await opener_.Open(host, address, *policy);
  }
}

}  // namespace

Connector::Connector(ConnectorOptions options, dns::Resolver& resolver, const net::ClientTls& tls,
                     StsPolicies* sts, TlsReport& report)
    : options_(std::move(options)), resolver_(resolver), tls_(tls), sts_(sts), report_(report) {}

asio::awaitable<ConnectResult> Connector::Connect(std::string site, const v1::Route* route,
                                                  TlsDemand demand) {
  const bool counts = route == nullptr && demand != TlsDemand::kUncounted;
  AttemptRecord record(std::move(site), counts ? &report_ : nullptr);
  HostPolicies policies(resolver_, sts_, route, IsOptional(demand), record);
  SessionOpener opener(options_, tls_, route, demand, record);
  Search search(options_, resolver_, route, policies, opener, record);
  co_return co_await search.Run();
}

}  // namespace posthorn::relay
