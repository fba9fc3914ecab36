// Fills the mailbox of every account up to `count` messages, as fast as the server takes them:
// MULTIAPPEND (RFC 3502) where it is offered, else APPENDs sent ahead of their answers. Both
// with LITERAL+ (RFC 7888). `clients` connections work on one account at a time.
#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

constexpr int kMessagesPerMultiappend = 50;
constexpr int kAppendsAhead = 32;
constexpr int kMultiappendsAhead = 2;

struct Filling {
  const Options& options;
  std::string user;
  bool multiappend = false;
  int next = 0;  // number of the next message
};

// Sends one APPEND command with the next messages and returns its tag.
Awaitable<std::string> SendAppend(Filling& filling, ImapClient& client) {
  const Options& options = filling.options;
  const std::string tag = client.NextTag();
  std::string command = tag + " APPEND " + options.mailbox;
  const int wanted = filling.multiappend ? kMessagesPerMultiappend : 1;
  const int end = std::min(options.count, filling.next + wanted);
  const std::string literal = " {" + std::to_string(options.size) + "+}\r\n";
  while (filling.next < end) {
    command += literal + MakeMessage(filling.next++, options.size);
  }
  command += "\r\n";
  co_await client.connection().Send(command);
  co_return tag;
}

Awaitable<void> Append(Filling& filling, ImapClient& client) {
  co_await client.Login(filling.options.imap_port, filling.user, filling.options.password);
  const std::size_t ahead = filling.multiappend ? kMultiappendsAhead : kAppendsAhead;
  std::deque<std::string> tags;
  while (filling.next < filling.options.count || !tags.empty()) {
    while (filling.next < filling.options.count && tags.size() < ahead) {
      std::string tag = co_await SendAppend(filling, client);
      tags.push_back(std::move(tag));
    }
    co_await client.Finish(tags.front(), nullptr);
    tags.pop_front();
  }
  co_await client.Logout();
}

// How many messages there are already; learns what the server offers.
Awaitable<void> Look(Filling& filling, ImapClient& client) {
  co_await client.Login(filling.options.imap_port, filling.user, filling.options.password);
  if (!co_await client.HasCapability("LITERAL+")) {
    throw UnexpectedReply("CAPABILITY", "no LITERAL+");
  }
  filling.multiappend = co_await client.HasCapability("MULTIAPPEND");
  filling.next = static_cast<int>(co_await client.Select(filling.options.mailbox));
  co_await client.Logout();
}

}  // namespace

Figures RunFill(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  double took = 0;
  int appended = 0;
  bool multiappend = false;
  for (int account = 0; account < options.accounts; ++account) {
    Filling filling{options, UserName(options, options.first + account)};
    ImapClient before(crew.io());
    std::vector<Awaitable<void>> looking;
    looking.push_back(Look(filling, before));
    crew.Run(std::move(looking));
    appended += options.count - filling.next;
    multiappend = filling.multiappend;

    std::vector<std::unique_ptr<ImapClient>> clients;
    std::vector<Awaitable<void>> appending;
    for (int i = 0; i < options.clients; ++i) {
      clients.push_back(std::make_unique<ImapClient>(crew.io()));
      appending.push_back(Append(filling, *clients.back()));
    }
    took += crew.Run(std::move(appending));

    ImapClient after(crew.io());
    std::vector<Awaitable<void>> checking;
    checking.push_back(Look(filling, after));
    crew.Run(std::move(checking));
    if (filling.next != options.count) {
      throw UnexpectedReply("SELECT after filling", std::to_string(filling.next) + " messages");
    }
  }
  Figures figures = {{"appended", appended}, {"multiappend", multiappend}};
  if (appended > 0) {  // else an earlier run filled everything
    figures.emplace_back("per_s", appended / took);
  }
  return figures;
}

}  // namespace posthorn::bench
