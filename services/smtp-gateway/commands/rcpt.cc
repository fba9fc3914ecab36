// RCPT (RFC 5321 4.1.1.3): adds a recipient. Users may send anywhere; other servers only to
// addresses here, wherever those forward to.
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/status.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/reply/store_replies.h"
#include "smtp-gateway/session/client_policy.h"
#include "smtp-gateway/session/delivery_start.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

// Accounts and addresses of one delivery, by the contract (delivery.proto).
constexpr std::size_t kMaxTargets = 1'000;

constexpr Reply kOk{250, "2.1.5", "OK"};
constexpr Reply kSyntax{501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]"};
constexpr Reply kBadAddress{501, "5.1.3", "Bad recipient address syntax"};
constexpr Reply kTooLong{501, "5.1.3", "Recipient address is too long"};
constexpr Reply kBadParameters{501, "5.5.4", "Bad parameter syntax"};
constexpr Reply kNeedsUtf8{553, "5.6.7", "Address needs SMTPUTF8"};
constexpr Reply kTooMany{452, "4.5.3", "Too many recipients"};
constexpr Reply kOnlyNotifications{550, "5.7.1", "Takes notifications only"};

// `arguments` are its parameters afterwards.
std::optional<Reply> Parse(const Session& session, std::string_view& arguments, Path& path,
                           Recipient& recipient) {
  if (!ConsumeKeyword("TO:", &arguments)) {
    return kSyntax;
  }
  if (const PathError error = ParsePath(&arguments, &path); error != PathError::kNone) {
    return error == PathError::kTooLong ? kTooLong : kBadAddress;
  }
  if (path.null) {
    return kBadAddress;
  }
  std::vector<Parameter> parameters;
  if (!ParseParameters(arguments, &parameters)) {
    return kBadParameters;
  }
  if (auto refusal = ApplyParameters(session, parameters, recipient)) {
    return refusal;
  }
  if (!session.transaction().envelope.smtputf8() && !IsAscii(path.text)) {
    return kNeedsUtf8;
  }
  // RFC 5321 4.5.3.1.10: 452 lets the client send the rest in another transaction.
  if (session.transaction().recipients.size() >= session.server().limits.recipients) {
    return kTooMany;
  }
  return std::nullopt;
}

// Finds out to whom the mail goes, or refuses it.
asio::awaitable<std::optional<Reply>> Resolve(Session& session, const Path& path,
                                              Recipient& recipient) {
  const Transaction& transaction = session.transaction();
  const Server& server = session.server();
  // RFC 5321 4.5.1: <postmaster> needs no domain.
  const bool bare = path.address.domain.empty();
  const std::string address = bare ? server.postmaster : path.address.ToString();
  recipient.address = bare ? address : OutgoingAddress(path, transaction.envelope.smtputf8());
  const auto answer =
      co_await server.store->ResolveRecipient(address, transaction.declared_octets, session.id());
  if (!answer.ok()) {
    if (session.login() && rpc::ReasonOf(answer.status()) == v1::ErrorDetail::REASON_NOT_LOCAL) {
      recipient.outside = {recipient.address};
      co_return std::nullopt;
    }
    co_return RecipientReply(answer.status());
  }
  // SRS: a way back for notifications, not an open relay.
  if (answer->rewritten_sender() && !transaction.envelope.reverse_path().empty()) {
    co_return kOnlyNotifications;
  }
  recipient.account_ids.assign(answer->account_ids().begin(), answer->account_ids().end());
  recipient.outside.assign(answer->forwards().begin(), answer->forwards().end());
  recipient.forwarded = !recipient.outside.empty() && !answer->rewritten_sender();
  co_return std::nullopt;
}

}  // namespace

asio::awaitable<void> RunRcpt(Session& session, std::string_view arguments) {
  Path path;
  Recipient recipient;
  if (const auto malformed = Parse(session, arguments, path, recipient)) {
    session.Send(*malformed);
    co_return;
  }
  const std::optional<Reply> refusal = co_await Resolve(session, path, recipient);
  if (refusal) {
    if (refusal->code == 550) {
      session.CountUnknownRecipient();
    }
    session.Send(*refusal);
    co_return;
  }
  std::optional<Reply> distrust = co_await CheckBlocklist(session, recipient);
  if (!distrust) {
    distrust = co_await CheckGreylist(session, recipient);
  }
  if (distrust) {
    session.Send(*distrust);
    co_return;
  }
  Transaction& transaction = session.transaction();
  if (transaction.targets + recipient.targets() > kMaxTargets) {
    session.Send(kTooMany);
    co_return;
  }
  if (const MilterRefusal refused = co_await TellRecipient(session, recipient.address, arguments)) {
    SendRefusal(session, *refused);
    co_return;
  }
  transaction.targets += recipient.targets();
  recipient.forward_path = std::move(path.text);
  transaction.recipients.push_back(std::move(recipient));
  session.Send(kOk);
}

}  // namespace posthorn::smtp
