// RCPT (RFC 5321 4.1.1.3): adds a recipient, if there is one here. Nothing is relayed.
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/status.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/reply/store_replies.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

// Of one delivery, by the contract (delivery.proto).
constexpr std::size_t kMaxAccounts = 1'000;

constexpr Reply kOk{250, "2.1.5", "OK"};
constexpr Reply kSyntax{501, "5.5.4", "Syntax: RCPT TO:<address> [parameters]"};
constexpr Reply kBadAddress{501, "5.1.3", "Bad recipient address syntax"};
constexpr Reply kTooLong{501, "5.1.3", "Recipient address is too long"};
constexpr Reply kBadParameters{501, "5.5.4", "Bad parameter syntax"};
constexpr Reply kNeedsUtf8{553, "5.6.7", "Address needs SMTPUTF8"};
constexpr Reply kTooMany{452, "4.5.3", "Too many recipients"};

std::optional<Reply> Parse(const Session& session, std::string_view arguments, Path& path,
                           Transaction& transaction) {
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
  // No extension offered here has a parameter for RCPT.
  if (auto refusal = ApplyParameters(session, {}, parameters, transaction)) {
    return refusal;
  }
  if (!transaction.smtputf8 && !IsAscii(path.text)) {
    return kNeedsUtf8;
  }
  return std::nullopt;
}

}  // namespace

asio::awaitable<void> RunRcpt(Session& session, std::string_view arguments) {
  Transaction& transaction = session.transaction();
  Path path;
  if (const auto refusal = Parse(session, arguments, path, transaction)) {
    session.Send(*refusal);
    co_return;
  }
  // RFC 5321 4.5.3.1.10: 452 lets the client send the rest in another transaction.
  if (transaction.recipients.size() >= session.server().limits.recipients) {
    session.Send(kTooMany);
    co_return;
  }
  // RFC 5321 4.5.1: <postmaster> needs no domain.
  const std::string address =
      path.address.domain.empty() ? session.server().postmaster : path.address.ToString();
  auto accounts = co_await session.server().store->ResolveRecipient(
      address, transaction.declared_octets, session.id());
  if (!accounts.ok()) {
    const Reply reply = RecipientReply(accounts.status());
    if (reply.code == 550) {
      session.CountUnknownRecipient();
    }
    session.Send(reply);
    co_return;
  }
  transaction.accounts += accounts->size();
  if (transaction.accounts > kMaxAccounts) {
    transaction.accounts -= accounts->size();
    session.Send(kTooMany);
    co_return;
  }
  transaction.recipients.push_back({std::move(path.text), *std::move(accounts)});
  session.Send(kOk);
}

}  // namespace posthorn::smtp
