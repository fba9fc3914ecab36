#include "smtp-gateway/filter/dnsbl.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/net/public_address.h"
#include "smtp-gateway/dns/lookup.h"
#include "smtp-gateway/dns/records.h"
#include "smtp-gateway/filter/refusal.h"

ABSL_FLAG(std::string, blocklists, "",
          "DNS lists of clients whose mail is refused on mx: zone[=127.0.0.x][*weight],...");
ABSL_FLAG(int32_t, blocklist_threshold, 1, "weights of lists, together, that refuse a client");

namespace posthorn::filter {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace

// The questions about one client. Those that come too late find nobody waiting, and go on until the
// resolver has given up.
struct Dnsbl::Round {
  explicit Round(const asio::any_io_executor& executor) : finished(executor) {}
  size_t open = 0;
  int score = 0;
  int heaviest = 0;
  std::string reason;  // of the heaviest
  asio::steady_timer finished;
};

Dnsbl::Dnsbl(DnsblOptions options, dns::Resolver& resolver)
    : options_(std::move(options)), resolver_(resolver) {}

absl::StatusOr<DnsblOptions> Dnsbl::OptionsFromFlags() {
  DnsblOptions options;
  auto zones = ParseDnsbl(absl::GetFlag(FLAGS_blocklists));
  if (!zones.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("blocklists: ", zones.status().message()));
  }
  options.zones = *std::move(zones);
  options.threshold = absl::GetFlag(FLAGS_blocklist_threshold);
  if (options.threshold < 1) {
    return absl::InvalidArgumentError("blocklist_threshold: 1 or more is needed");
  }
  return options;
}

asio::awaitable<void> Dnsbl::Ask(dns::Resolver& resolver, DnsblZone zone, std::string name,
                                 std::shared_ptr<Round> round) {
  const dns::Answer answer = co_await resolver.Query(name, dns::Type::kA);
  const bool listed =
      std::any_of(answer.rdata.begin(), answer.rdata.end(), [&zone](const std::string& rdata) {
        const auto address = dns::ParseAddress(rdata);
        return address.ok() && zone.Counts(*address);
      });
  if (listed) {
    round->score += zone.weight;
    if (zone.weight > round->heaviest) {
      round->heaviest = zone.weight;
      round->reason = absl::StrCat("Client is listed by ", zone.zone);
      const auto texts = co_await dns::LookupTexts(resolver, name);
      if (texts.ok() && !texts->empty() && round->heaviest == zone.weight) {
        round->reason = absl::StrCat("Client is listed by ", zone.zone, ": ", texts->front());
      }
    }
  }
  if (--round->open == 0) {
    round->finished.cancel();
  }
}

asio::awaitable<std::string> Dnsbl::Check(const net::IpAddress& address) const {
  if (options_.zones.empty() || !net::IsPublic(address)) {
    co_return "";
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto round = std::make_shared<Round>(executor);
  round->finished.expires_after(options_.timeout);
  round->open = options_.zones.size();
  for (const DnsblZone& zone : options_.zones) {
    asio::co_spawn(executor, Ask(resolver_, zone, DnsblName(address, zone.zone), round),
                   asio::detached);
  }
  if (round->open > 0) {
    co_await round->finished.async_wait(kAwait);
  }
  co_return round->score >= options_.threshold ? ReplyText(round->reason, "Client is listed") : "";
}

}  // namespace posthorn::filter
