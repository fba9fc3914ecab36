// `clients` IMAP connections that log in, SELECT and IDLE, over the accounts in turn. Prints
// READY once all of them idle, waits for a line on stdin while its caller measures memory, and
// then ends every IDLE, to see that the server still had each of them.
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

constexpr int kAtATime = 16;

struct Idlers {
  const Options& options;
  std::vector<std::unique_ptr<ImapClient>> clients;
  std::size_t begun = 0;
};

Awaitable<void> Open(Idlers& idlers) {
  const Options& options = idlers.options;
  while (idlers.begun < idlers.clients.size()) {
    const std::size_t number = idlers.begun++;
    ImapClient& client = *idlers.clients[number];
    co_await client.Login(options.imap_port,
                          UserName(options, options.first + number % options.accounts),
                          options.password);
    co_await client.Select(options.mailbox);
    co_await client.StartIdle();
  }
}

Awaitable<void> Close(Idlers& idlers) {
  while (idlers.begun < idlers.clients.size()) {
    ImapClient& client = *idlers.clients[idlers.begun++];
    co_await client.EndIdle();
    co_await client.Logout();
  }
}

}  // namespace

Figures RunIdle(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  Idlers idlers{options, {}, 0};
  for (int i = 0; i < options.clients; ++i) {
    idlers.clients.push_back(std::make_unique<ImapClient>(crew.io()));
  }
  std::vector<Awaitable<void>> opening;
  for (int i = 0; i < kAtATime; ++i) {
    opening.push_back(Open(idlers));
  }
  const double took = crew.Run(std::move(opening));

  std::puts("READY");
  std::fflush(stdout);
  std::string line;
  std::getline(std::cin, line);

  idlers.begun = 0;
  std::vector<Awaitable<void>> closing;
  for (int i = 0; i < kAtATime; ++i) {
    closing.push_back(Close(idlers));
  }
  crew.Run(std::move(closing));
  return {{"connections", options.clients}, {"opened_per_s", options.clients / took}};
}

}  // namespace posthorn::bench
