// `clients` IMAP connections that log in, SELECT and IDLE, over the accounts in turn. Prints
// READY once all of them idle, waits for a line on stdin while its caller measures memory, and
// then ends every IDLE, to see that the server still had each of them.
#include <memory>
#include <vector>

#include "crew.h"
#include "idle.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

using Clients = std::vector<std::unique_ptr<ImapClient>>;

Awaitable<void> Open(const Options& options, Clients& clients, std::size_t number) {
  ImapClient& client = *clients[number];
  co_await client.Login(options.imap_port,
                        UserName(options, options.first + number % options.accounts),
                        options.password);
  co_await client.Select(options.mailbox);
  co_await client.StartIdle();
}

Awaitable<void> Close(Clients& clients, std::size_t number) {
  co_await clients[number]->EndIdle();
  co_await clients[number]->Logout();
}

}  // namespace

Figures RunIdle(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Clients clients;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<ImapClient>(crew.io()));
  }
  return HoldIdle(
      crew, options, [&](std::size_t number) { return Open(options, clients, number); },
      [&](std::size_t number) { return Close(clients, number); });
}

}  // namespace posthorn::bench
