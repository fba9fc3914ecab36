#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/notify/metadata_news.h"
#include "imap-gateway/notify/notifications.h"
#include "imap-gateway/session/refusals.h"
#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {

// Keeps NAT and load balancers from forgetting the connection, and finds dead clients.
constexpr std::chrono::minutes kKeepAlive{2};
// RFC 2177 3: clients begin anew every 29 minutes.
constexpr std::chrono::minutes kAutologout{31};
// The watch of a mailbox just selected may not have reached the store when IDLE began.
constexpr std::chrono::seconds kFirstLook{1};

class IdleMark {
 public:
  explicit IdleMark(Session& session) : session_(session) { session_.set_idling(true); }
  ~IdleMark() { session_.set_idling(false); }
  IdleMark(const IdleMark&) = delete;
  IdleMark& operator=(const IdleMark&) = delete;

 private:
  Session& session_;
};

// Reads and tells what is new; sends it.
asio::awaitable<void> Update(Session& session, Look look) {
  if (session.has_selected() && session.TellsMessages()) {
    // What cannot be read now is told later.
    (void)co_await TellChanges(session, Expunges::kTell, look);
  }
  // RFC 5465 4: IDLE tells what NOTIFY asked for, and nothing else.
  if (session.notifications() != nullptr) {
    co_await session.notifications()->Tell();
  }
  co_await TellMetadataNews(session, look == Look::kAlways);
  co_await session.output().Flush();
  session.output().Release();
}

// The client's line that ends IDLE.
Done ReadDone(Session& session) {
  session.stream().ExpiresAfter(std::chrono::seconds(60));
  const auto line = co_await session.input().ReadLine(1024);
  if (!line.ok()) {
    if (session.stream().DrainIsOver()) {
      co_await session.Bye("UNAVAILABLE", "Server shutting down");
    }
    session.Logout();
    co_return SessionEnded();
  }
  absl::string_view word = *line;
  if (!absl::ConsumeSuffix(&word, "\r\n")) {
    CountRefusal(Refusal::kBareLineEnd);
    co_await session.Bye("CLIENTBUG", "Lines end in CRLF");
    co_return SessionEnded();
  }
  co_return absl::EqualsIgnoreCase(word, "DONE") ? Ok("Idle completed") : Bad("DONE expected");
}

// What a wait of IDLE ended with, other than the client's input: false ends the session.
asio::awaitable<bool> Wake(Session& session, net::Wait wait, net::SteadyClock::time_point until,
                           bool first) {
  if (wait == net::Wait::kDraining) {
    co_await session.Bye("UNAVAILABLE", "Server shutting down");
    co_return false;
  }
  if (wait == net::Wait::kTimeout) {
    if (net::SteadyClock::now() >= until) {
      co_await session.Bye("", "Autologout, idle for too long");
      co_return false;
    }
    (void)co_await session.store().login().Caller();
    if (session.notifications() != nullptr && session.notifications()->needs_look()) {
      session.notifications()->LookAgain();
    }
    if (!first) {
      session.out().append("* OK Still here\r\n");
    }
  }
  co_await Update(session, wait == net::Wait::kTimeout ? Look::kAlways : Look::kIfBehind);
  co_return !session.output().broken();
}

}  // namespace

Done RunIdle(Session& session, NoArguments) {
  const IdleMark mark(session);
  session.out().append("+ idling\r\n");
  co_await Update(session, Look::kAlways);
  const auto until = net::SteadyClock::now() + kAutologout;
  auto keep_alive = net::SteadyClock::now() + kKeepAlive;
  bool first = true;
  while (!session.output().broken()) {
    const auto next = first ? net::SteadyClock::now() + kFirstLook : std::min(keep_alive, until);
    session.stream().ExpiresAt(next);
    const net::Wait wait = co_await session.input().WaitForInput();
    if (wait == net::Wait::kReadable) {
      co_return co_await ReadDone(session);
    }
    const bool go_on = co_await Wake(session, wait, until, first);
    if (!go_on) {
      break;
    }
    if (wait == net::Wait::kTimeout) {
      first = false;
      keep_alive = net::SteadyClock::now() + kKeepAlive;
    }
  }
  session.Logout();
  co_return SessionEnded();
}

}  // namespace posthorn::imap
