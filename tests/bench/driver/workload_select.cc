// SELECT of a mailbox of exactly `count` messages, `repeats` times in one session, each time after
// UNSELECT; the median counts.
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

Awaitable<void> Select(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  co_await client.Login(options.imap_port, UserName(options, options.first), options.password);
  for (int i = 0; i < options.repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const std::uint32_t messages = co_await client.Select(options.mailbox);
    took_ms.push_back(MillisecondsSince(begin));
    if (messages != static_cast<std::uint32_t>(options.count)) {
      throw UnexpectedReply("SELECT", std::to_string(messages) + " messages");
    }
    co_await client.Command("UNSELECT");
  }
  co_await client.Logout();
}

}  // namespace

Figures RunSelect(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  ImapClient client(crew.io());
  std::vector<double> took_ms;
  std::vector<Awaitable<void>> clients;
  clients.push_back(Select(options, client, took_ms));
  crew.Run(std::move(clients));
  return {{"ms", Percentile(took_ms, 0.5)}};
}

}  // namespace posthorn::bench
