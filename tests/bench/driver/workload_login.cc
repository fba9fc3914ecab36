// IMAP sessions one after the other: connect, LOGIN, SELECT INBOX, LOGOUT, until the server
// closes. `clients` at a time, `count` in all, over the accounts in turn.
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

struct Logins {
  const Options& options;
  boost::asio::io_context& io;
  int begun = 0;
  std::vector<double> session_ms;
};

Awaitable<void> LogInAndOut(Logins& logins) {
  const Options& options = logins.options;
  while (logins.begun < options.count) {
    const int number = logins.begun++;
    const auto begin = std::chrono::steady_clock::now();
    ImapClient client(logins.io);
    co_await client.Login(options.imap_port,
                          UserName(options, options.first + number % options.accounts),
                          options.password);
    co_await client.Select(options.mailbox);
    co_await client.Logout();
    logins.session_ms.push_back(MillisecondsSince(begin));
  }
}

}  // namespace

Figures RunLogin(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Logins logins{options, crew.io(), 0, {}};
  std::vector<Awaitable<void>> clients;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(LogInAndOut(logins));
  }
  const double took = crew.Run(std::move(clients));
  return {{"per_s", options.count / took},
          {"p50_ms", Percentile(logins.session_ms, 0.5)},
          {"p99_ms", Percentile(logins.session_ms, 0.99)}};
}

}  // namespace posthorn::bench
