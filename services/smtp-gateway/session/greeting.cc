// The beginning of a session (RFC 5321 4.3.1): who may have one, and the greeting.
#include "absl/strings/str_cat.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kNotAllowed{554, "5.7.1", "Access denied"};
constexpr Reply kEarlyTalker{554, "5.5.1", "Protocol error: you must wait for the greeting"};

}  // namespace

asio::awaitable<void> Session::Greet() {
  if (port_.role == Role::kLmtp && !server_.lmtp_networks.Contains(stream_.peer().address())) {
    CountAbuse("lmtp_client");
    SendAndClose(kNotAllowed);
    co_return;
  }
  if (port_.role == Role::kMx) {
    const bool early = co_await TalksEarly();
    if (early) {
      CountAbuse("early_talker");
      SendAndClose(kEarlyTalker);
      co_return;
    }
  }
  if (const MilterRefusal refusal = co_await TellConnect(*this)) {
    RefuseClient(*this, *refusal);
    co_return;
  }
  SendGreeting();
}

// The client waits for the greeting. One that does not is no mail server.
asio::awaitable<bool> Session::TalksEarly() {
  stream_.ExpiresAfter(xclient_allowed_ ? std::chrono::milliseconds(0)
                                        : server_.limits.greeting_delay);
  const net::Wait wait = co_await input_.WaitForInput();
  co_return wait == net::Wait::kReadable;
}

void Session::SendGreeting() {
  const char* protocol = port_.role == Role::kLmtp ? " LMTP Posthorn" : " ESMTP Posthorn";
  Send(220, {}, absl::StrCat(server_.hostname, protocol));
}

}  // namespace posthorn::smtp
