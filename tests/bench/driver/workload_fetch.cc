// FETCH 1:* of `items` in a mailbox of exactly `count` messages that the fill workload made, or of
// the `newest` of them: `repeats` times in one session, of which the median counts. Items with
// BODY.PEEK[] are checked for bodies of `size` octets.
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

// What every response must hold, for the items asked for.
std::string MarkOf(const Options& options) {
  if (options.items.find("BODY.PEEK[]") != std::string::npos) {
    return "BODY[] {" + std::to_string(options.size) + "}";
  }
  if (options.items.find("RFC822.SIZE") != std::string::npos) {
    return "RFC822.SIZE " + std::to_string(options.size);
  }
  if (options.items.find("BODYSTRUCTURE") != std::string::npos) {
    return "BODYSTRUCTURE (\"";
  }
  return options.items.find("ENVELOPE") != std::string::npos ? "ENVELOPE (\"" : "FLAGS (";
}

Awaitable<void> Fetch(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  co_await client.Login(options.imap_port, UserName(options, options.first), options.password);
  const std::uint32_t messages = co_await client.Select(options.mailbox);
  if (messages != static_cast<std::uint32_t>(options.count)) {
    throw UnexpectedReply("SELECT", std::to_string(messages) + " messages");
  }
  const bool bodies = options.items.find("BODY.PEEK[]") != std::string::npos;
  const std::uint32_t first =
      options.newest > 0 ? messages - static_cast<std::uint32_t>(options.newest) + 1 : 1;
  for (int i = 0; i < options.repeats; ++i) {
    FetchHandler handler(MarkOf(options), bodies ? options.size : 0, first);
    const auto begin = std::chrono::steady_clock::now();
    co_await client.Command("FETCH " + std::to_string(first) + ":* " + options.items, &handler);
    took_ms.push_back(MillisecondsSince(begin));
    handler.ExpectCount(messages - first + 1);
  }
  co_await client.Logout();
}

}  // namespace

Figures RunFetch(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  ImapClient client(crew.io());
  std::vector<double> took_ms;
  std::vector<Awaitable<void>> clients;
  clients.push_back(Fetch(options, client, took_ms));
  crew.Run(std::move(clients));
  const double ms = Percentile(took_ms, 0.5);
  return {{"ms", ms},
          {"per_s", options.count / ms * 1000},
          {"mb_per_s", options.count / ms * 1000 * options.size / 1e6}};
}

}  // namespace posthorn::bench
