#include "smtp-gateway/session/milter_steps.h"

#include <string>

#include "absl/strings/str_split.h"
#include "smtp-gateway/filter/filters.h"
#include "smtp-gateway/session/message_filter.h"

namespace posthorn::smtp {
namespace {

filter::MilterChain::PathCommand PathOf(std::string_view address, std::string_view parameters) {
  filter::MilterChain::PathCommand path;
  path.address = std::string(address);
  path.parameters = absl::StrSplit(absl::string_view(parameters.data(), parameters.size()), ' ',
                                   absl::SkipEmpty());
  return path;
}

}  // namespace

asio::awaitable<MilterRefusal> TellConnect(Session& session) {
  if (!session.milters() && IsFiltered(session)) {
    session.milters() = session.server().filters->NewMilters();
  }
  if (!session.milters()) {
    co_return std::nullopt;
  }
  const filter::Client client = ClientOf(session);
  co_return co_await session.milters()->Connect(client);
}

asio::awaitable<MilterRefusal> TellHello(Session& session) {
  if (!session.milters()) {
    co_return std::nullopt;
  }
  const filter::Client client = ClientOf(session);
  co_return co_await session.milters()->Hello(client);
}

asio::awaitable<MilterRefusal> TellMail(Session& session, std::string_view address,
                                        std::string_view parameters) {
  if (!session.milters()) {
    co_return std::nullopt;
  }
  const filter::Client client = ClientOf(session);
  const auto path = PathOf(address, parameters);
  co_return co_await session.milters()->Mail(client, path);
}

asio::awaitable<MilterRefusal> TellRecipient(Session& session, std::string_view address,
                                             std::string_view parameters) {
  if (!session.milters()) {
    co_return std::nullopt;
  }
  const filter::Client client = ClientOf(session);
  const auto path = PathOf(address, parameters);
  co_return co_await session.milters()->Recipient(client, path);
}

asio::awaitable<MilterRefusal> TellData(Session& session) {
  if (!session.milters()) {
    co_return std::nullopt;
  }
  const filter::Client client = ClientOf(session);
  co_return co_await session.milters()->Data(client);
}

asio::awaitable<void> EndMilters(Session& session) {
  if (session.milters()) {
    co_await session.milters()->Quit();
  }
}

void SendRefusal(Session& session, const filter::Verdict& refusal) {
  const Reply reply{refusal.code, refusal.status, refusal.text};
  if (reply.code == 421) {
    session.SendAndClose(reply);
  } else {
    session.Send(reply);
  }
}

void RefuseClient(Session& session, const filter::Verdict& refusal) {
  const uint16_t code = refusal.code >= 500 ? 554 : 421;
  session.CountAbuse("milter");
  session.SendAndClose({code, refusal.status, refusal.text});
}

}  // namespace posthorn::smtp
