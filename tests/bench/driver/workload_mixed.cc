// What clients do in turn: new mail is looked for, the newest messages are listed, one is read and
// marked, unread ones are searched for, one is filed. `clients` sessions over `accounts` filled
// mailboxes, `count` commands in all.
#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "message.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

constexpr std::string_view kFiled = "Bench-Filed";
constexpr std::uint32_t kListed = 50;

// Counts the FETCH responses of a command that asks for literals too.
class CountHandler : public ResponseHandler {
 public:
  void OnLine(std::string_view line) override {
    fetched += NumberedResponse(line, "FETCH (") ? 1 : 0;
  }
  void OnLiteral(std::string_view) override {}
  std::uint32_t fetched = 0;
};

struct Session {
  explicit Session(boost::asio::io_context& io) : client(io) {}
  ImapClient client;
  std::uint32_t messages = 0;
};

struct Mix {
  const Options& options;
  std::string filed;  // the literal of a message to APPEND
  int begun = 0;
  std::vector<double> reply_ms;
};

Awaitable<void> Open(const Options& options, Session& session, int account, bool first) {
  co_await session.client.Login(options.imap_port, UserName(options, options.first + account),
                                options.password);
  if (first) {
    co_await session.client.Command("CREATE " + std::string(kFiled));
  }
  session.messages = co_await session.client.Select(options.mailbox);
  if (session.messages == 0) {
    throw UnexpectedReply("SELECT", "an empty mailbox");
  }
}

Awaitable<void> Work(Mix& mix, Session& session, int turn) {
  while (mix.begun < mix.options.count) {
    const std::uint32_t last = session.messages;
    const std::uint32_t first = last > kListed ? last - kListed + 1 : 1;
    const std::string one = std::to_string(1 + static_cast<std::uint32_t>(mix.begun) % last);
    const std::array<std::string, 8> commands = {
        "NOOP",
        "FETCH " + std::to_string(first) + ":" + std::to_string(last) +
            " (UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE)",
        "FETCH " + one + " (UID BODYSTRUCTURE)",
        "FETCH " + one + " (UID BODY.PEEK[])",
        "STORE " + one + " +FLAGS (\\Seen)",
        "SEARCH UNSEEN",
        "STATUS " + std::string(kFiled) + " (MESSAGES UNSEEN)",
        "APPEND " + std::string(kFiled) + mix.filed};
    const std::string& command = commands[static_cast<std::size_t>(turn++) % commands.size()];
    ++mix.begun;
    CountHandler handler;
    const auto begin = std::chrono::steady_clock::now();
    co_await session.client.Command(command, &handler);
    mix.reply_ms.push_back(MillisecondsSince(begin));
    if (command.starts_with("FETCH") && handler.fetched == 0) {
      throw UnexpectedReply(command, "no FETCH response");
    }
  }
}

Awaitable<void> Close(ImapClient& client, bool remove_filed) {
  if (remove_filed) {
    co_await client.Command("DELETE " + std::string(kFiled));
  }
  co_await client.Logout();
}

}  // namespace

Figures RunMixed(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  std::vector<std::unique_ptr<Session>> sessions;
  // An account's first session makes the mailbox that its others file into.
  for (const bool first : {true, false}) {
    std::vector<Awaitable<void>> opening;
    const int begin = first ? 0 : std::min(options.accounts, options.clients);
    const int end = first ? std::min(options.accounts, options.clients) : options.clients;
    for (int i = begin; i < end; ++i) {
      sessions.push_back(std::make_unique<Session>(crew.io()));
      opening.push_back(Open(options, *sessions.back(), i % options.accounts, first));
    }
    crew.Run(std::move(opening));
  }
  Mix mix{options,
          " {" + std::to_string(options.size) + "+}\r\n" + MakeMessage(0, options.size),
          0,
          {}};
  std::vector<Awaitable<void>> working;
  int turn = 0;
  for (auto& session : sessions) {
    working.push_back(Work(mix, *session, turn++));
  }
  const double took = crew.Run(std::move(working));
  std::vector<Awaitable<void>> closing;
  for (int i = 0; i < static_cast<int>(sessions.size()); ++i) {
    // Each account's mailbox of filed messages goes with its first session.
    closing.push_back(Close(sessions[static_cast<std::size_t>(i)]->client, i < options.accounts));
  }
  crew.Run(std::move(closing));
  return {{"per_s", mix.begun / took},
          {"p50_ms", Percentile(mix.reply_ms, 0.5)},
          {"p99_ms", Percentile(mix.reply_ms, 0.99)}};
}

}  // namespace posthorn::bench
