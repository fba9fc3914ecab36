// APPEND of one message at a time, each waiting for its OK: `clients` sessions, each with an
// account of its own, `count` messages in all.
#include <memory>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

struct Appends {
  const Options& options;
  std::vector<std::string> literals;
  int begun = 0;
  std::vector<double> reply_ms;
};

Awaitable<void> Open(const Options& options, ImapClient& client, int account) {
  co_await client.Login(options.imap_port, UserName(options, options.first + account),
                        options.password);
}

Awaitable<void> Append(Appends& appends, ImapClient& client) {
  while (appends.begun < appends.options.count) {
    const std::string& literal = appends.literals[appends.begun++ % appends.literals.size()];
    const auto begin = std::chrono::steady_clock::now();
    co_await client.Command("APPEND " + appends.options.mailbox + literal);
    appends.reply_ms.push_back(MillisecondsSince(begin));
  }
}

}  // namespace

Figures RunAppend(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Appends appends{options, {}, 0, {}};
  for (int i = 0; i < 512; ++i) {
    appends.literals.push_back(" {" + std::to_string(options.size) + "+}\r\n" +
                               MakeMessage(i, options.size));
  }
  std::vector<std::unique_ptr<ImapClient>> clients;
  std::vector<Awaitable<void>> opening;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<ImapClient>(crew.io()));
    opening.push_back(Open(options, *clients.back(), i));
  }
  crew.Run(std::move(opening));
  std::vector<Awaitable<void>> appending;
  for (auto& client : clients) {
    appending.push_back(Append(appends, *client));
  }
  const double took = crew.Run(std::move(appending));
  std::vector<Awaitable<void>> closing;
  for (auto& client : clients) {
    closing.push_back(client->Logout());
  }
  crew.Run(std::move(closing));
  return {{"per_s", options.count / took},
          {"p50_ms", Percentile(appends.reply_ms, 0.5)},
          {"p99_ms", Percentile(appends.reply_ms, 0.99)}};
}

}  // namespace posthorn::bench
