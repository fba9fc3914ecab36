// MAIL (RFC 5321 4.1.1.2): begins a transaction.
#include <string>
#include <utility>
#include <vector>

#include "mail/mailbox_address.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/reply/store_replies.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/sender_policy.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kOk{250, "2.1.0", "OK"};
constexpr Reply kLowerPriority{250, "2.3.6", "4 is the new priority assigned to the message"};
constexpr Reply kTooManyMessages{421, "4.5.3", "Too many messages in one session, connect again"};
constexpr Reply kSyntax{501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]"};
constexpr Reply kBadAddress{501, "5.1.7", "Bad sender address syntax"};
constexpr Reply kTooLong{501, "5.1.7", "Sender address is too long"};
constexpr Reply kNoDomain{501, "5.1.7", "Sender address needs a domain"};
constexpr Reply kBadParameters{501, "5.5.4", "Bad parameter syntax"};
constexpr Reply kNeedsUtf8{553, "5.6.7", "Address needs SMTPUTF8"};

// `arguments` are its parameters afterwards.
std::optional<Reply> Parse(const Session& session, std::string_view& arguments, Path& path,
                           Transaction& transaction) {
  if (!ConsumeKeyword("FROM:", &arguments)) {
    return kSyntax;
  }
  if (const PathError error = ParsePath(&arguments, &path); error != PathError::kNone) {
    return error == PathError::kTooLong ? kTooLong : kBadAddress;
  }
  std::vector<Parameter> parameters;
  if (!ParseParameters(arguments, &parameters)) {
    return kBadParameters;
  }
  if (auto refusal = ApplyParameters(session, parameters, transaction)) {
    return refusal;
  }
  if (!path.null && path.address.domain.empty()) {
    return kNoDomain;
  }
  if (!transaction.envelope.smtputf8() && !IsAscii(path.text)) {
    return kNeedsUtf8;
  }
  return std::nullopt;
}

// RFC 6409 6.1. The cheap case is decided here; aliases are mailstore's.
asio::awaitable<std::optional<Reply>> CheckSender(Session& session, const Path& path) {
  if (!session.login() || MaySendAs(session.login()->address(), path)) {
    co_return std::nullopt;
  }
  const std::string address = path.address.ToString();
  const absl::Status allowed =
      co_await session.server().store->CheckSender(*session.login(), address, session.id());
  co_return allowed.ok() ? std::nullopt : std::optional<Reply>(SenderReply(allowed));
}

}  // namespace

asio::awaitable<void> RunMail(Session& session, std::string_view arguments) {
  if (const uint32_t most = session.server().limits.messages;
      most > 0 && session.transactions() >= most) {
    session.SendAndClose(kTooManyMessages);
    co_return;
  }
  Transaction transaction;
  Path path;
  std::string_view written = arguments;
  std::optional<Reply> refusal = Parse(session, written, path, transaction);
  if (!refusal) {
    refusal = co_await CheckSender(session, path);
  }
  if (refusal) {
    if (refusal->code == 421) {
      session.SendAndClose(*refusal);
    } else {
      session.Send(*refusal);
    }
    co_return;
  }
  if (const MilterRefusal refused = co_await TellMail(session, path.text, written)) {
    SendRefusal(session, *refused);
    co_return;
  }
  transaction.started = true;
  transaction.envelope.set_reverse_path(std::move(path.text));
  if (session.login()) {
    transaction.envelope.set_submitter_account_id(session.login()->account_id());
  }
  // RFC 6710 4.1.
  const bool lowered = transaction.priority_lowered;
  session.BeginTransaction(std::move(transaction));
  session.Send(lowered ? kLowerPriority : kOk);
}

}  // namespace posthorn::smtp
