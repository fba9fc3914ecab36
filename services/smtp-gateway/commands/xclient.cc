// XCLIENT (postfix.org/XCLIENT_README.html): a filter in front, or a test, says for whom it speaks.
#include "smtp-gateway/parser/xclient.h"

#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kNotAllowed{550, "5.7.0", "Not allowed to speak for others"};
constexpr Reply kSyntax{501, "5.5.4", "Bad attribute or value"};

}  // namespace

asio::awaitable<void> RunXclient(Session& session, std::string_view arguments) {
  if (!session.xclient_allowed()) {
    session.Send(kNotAllowed);
    co_return;
  }
  const auto attributes = ParseXclient(arguments);
  if (!attributes) {
    session.Send(kSyntax);
    co_return;
  }
  net::Stream& stream = session.stream();
  net::Endpoint peer = stream.peer();
  net::Endpoint local = stream.local();
  peer.address(attributes->address.value_or(peer.address()));
  peer.port(attributes->port.value_or(peer.port()));
  local.address(attributes->destination_address.value_or(local.address()));
  local.port(attributes->destination_port.value_or(local.port()));
  stream.SetAddresses(peer, local);
  // Another client: nothing of the one before holds. It begins with the greeting.
  session.login().reset();
  session.listing().reset();
  session.transaction().Reset();
  session.hello() = {attributes->hello.value_or(""), attributes->extended.value_or(true)};
  if (const MilterRefusal refusal = co_await TellConnect(session)) {
    RefuseClient(session, *refusal);
    co_return;
  }
  session.SendGreeting();
}

std::string XclientKeyword(const Session& session) {
  return session.xclient_allowed() ? "XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT" : "";
}

}  // namespace posthorn::smtp
