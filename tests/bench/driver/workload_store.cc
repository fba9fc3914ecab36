// STORE +FLAGS of one message at a time, each waiting for its OK: `clients` sessions, each in a
// filled mailbox of its own, `count` commands in all. Every command changes a flag: a session
// that has gone through its mailbox takes the flag away again.
#include <memory>
#include <vector>

#include "crew.h"
#include "imap_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

// Expects the untagged FETCH that reports the new flags (RFC 3501 6.4.6).
class StoreHandler : public ResponseHandler {
 public:
  explicit StoreHandler(std::uint32_t number) : number_(number) {}
  void OnLine(std::string_view line) override {
    if (NumberedResponse(line, "FETCH (") == number_) {
      flagged = line.find("\\Flagged") != std::string_view::npos;
    }
  }
  std::optional<bool> flagged;

 private:
  std::uint32_t number_;
};

struct Stores {
  const Options& options;
  int begun = 0;
};

struct Session {
  explicit Session(boost::asio::io_context& io) : client(io) {}
  ImapClient client;
  std::uint32_t messages = 0;
};

Awaitable<void> Open(const Options& options, Session& session, int account) {
  co_await session.client.Login(options.imap_port, UserName(options, options.first + account),
                                options.password);
  session.messages = co_await session.client.Select(options.mailbox);
  if (session.messages == 0) {
    throw UnexpectedReply("SELECT", "an empty mailbox");
  }
  co_await session.client.Command("STORE 1:* -FLAGS.SILENT (\\Flagged)");
}

Awaitable<void> Store(Stores& stores, Session& session) {
  std::uint32_t number = 0;
  bool add = true;
  while (stores.begun++ < stores.options.count) {
    if (++number > session.messages) {
      number = 1;
      add = !add;
    }
    StoreHandler handler(number);
    co_await session.client.Command(
        "STORE " + std::to_string(number) + (add ? " +" : " -") + "FLAGS (\\Flagged)", &handler);
    if (handler.flagged != add) {
      throw UnexpectedReply("STORE", "no FETCH with the new flags");
    }
  }
}

}  // namespace

Figures RunStore(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Awaitable<void>> opening;
  for (int i = 0; i < options.clients; ++i) {
    sessions.push_back(std::make_unique<Session>(crew.io()));
    opening.push_back(Open(options, *sessions.back(), i));
  }
  crew.Run(std::move(opening));
  Stores stores{options};
  std::vector<Awaitable<void>> storing;
  for (auto& session : sessions) {
    storing.push_back(Store(stores, *session));
  }
  const double took = crew.Run(std::move(storing));
  std::vector<Awaitable<void>> closing;
  for (auto& session : sessions) {
    closing.push_back(session->client.Logout());
  }
  crew.Run(std::move(closing));
  return {{"per_s", options.count / took}};
}

}  // namespace posthorn::bench
