// One command over a whole mailbox of exactly `count` messages that the fill workload made; the
// median of `repeats` counts. `items` is STORE (+FLAGS.SILENT, taken away again after each), COPY
// (to a mailbox that is made and deleted each time) or MOVE (there and back; both ways count).
#include <stdexcept>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

constexpr std::string_view kOther = "Bench-Other";

Awaitable<void> Expect(ImapClient& client, std::string mailbox, int messages) {
  const std::uint32_t found = co_await client.StatusMessages(mailbox);
  if (found != static_cast<std::uint32_t>(messages)) {
    throw UnexpectedReply("STATUS " + mailbox, std::to_string(found) + " messages");
  }
}

Awaitable<void> Timed(ImapClient& client, std::string command, std::vector<double>& took_ms) {
  const auto begin = std::chrono::steady_clock::now();
  co_await client.Command(command);
  took_ms.push_back(MillisecondsSince(begin));
}

Awaitable<void> Store(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  for (int i = 0; i < options.repeats; ++i) {
    co_await client.Command("STORE 1:* -FLAGS.SILENT (\\Answered)");
    co_await Timed(client, "STORE 1:* +FLAGS.SILENT (\\Answered)", took_ms);
  }
}

Awaitable<void> Copy(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  const std::string other(kOther);
  for (int i = 0; i < options.repeats; ++i) {
    co_await client.Command("CREATE " + other);
    co_await Timed(client, "COPY 1:* " + other, took_ms);
    co_await Expect(client, other, options.count);
    co_await client.Command("DELETE " + other);
  }
}

Awaitable<void> Move(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  const std::string other(kOther);
  co_await client.Command("CREATE " + other);
  for (int i = 0; i < options.repeats; ++i) {
    co_await Timed(client, "MOVE 1:* " + other, took_ms);
    co_await Expect(client, other, options.count);
    co_await client.Select(other);
    co_await Timed(client, "MOVE 1:* " + options.mailbox, took_ms);
    co_await Expect(client, options.mailbox, options.count);
    co_await client.Select(options.mailbox);
  }
  co_await client.Command("DELETE " + other);
}

Awaitable<void> Run(const Options& options, ImapClient& client, std::vector<double>& took_ms) {
  co_await client.Login(options.imap_port, UserName(options, options.first), options.password);
  const std::uint32_t messages = co_await client.Select(options.mailbox);
  if (messages != static_cast<std::uint32_t>(options.count)) {
    throw UnexpectedReply("SELECT", std::to_string(messages) + " messages");
  }
  if (options.items == "STORE") {
    co_await Store(options, client, took_ms);
  } else if (options.items == "COPY") {
    co_await Copy(options, client, took_ms);
  } else if (options.items == "MOVE") {
    co_await Move(options, client, took_ms);
  } else {
    throw std::invalid_argument("--items: STORE, COPY or MOVE");
  }
  co_await client.Logout();
}

}  // namespace

Figures RunRange(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  ImapClient client(crew.io());
  std::vector<double> took_ms;
  std::vector<Awaitable<void>> clients;
  clients.push_back(Run(options, client, took_ms));
  crew.Run(std::move(clients));
  return {{"ms", Percentile(took_ms, 0.5)}};
}

}  // namespace posthorn::bench
