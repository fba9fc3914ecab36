// MAIL (RFC 5321 4.1.1.2): begins a transaction.
#include <string>
#include <utility>
#include <vector>

#include "mail/mailbox_address.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/session/sender_policy.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kOk{250, "2.1.0", "OK"};
constexpr Reply kSyntax{501, "5.5.4", "Syntax: MAIL FROM:<address> [parameters]"};
constexpr Reply kBadAddress{501, "5.1.7", "Bad sender address syntax"};
constexpr Reply kTooLong{501, "5.1.7", "Sender address is too long"};
constexpr Reply kNoDomain{501, "5.1.7", "Sender address needs a domain"};
constexpr Reply kBadParameters{501, "5.5.4", "Bad parameter syntax"};
constexpr Reply kNeedsUtf8{553, "5.6.7", "Address needs SMTPUTF8"};
constexpr Reply kNotYours{553, "5.7.1", "Sender address is not owned by the user"};

std::optional<Reply> Begin(const Session& session, std::string_view arguments,
                           Transaction& transaction) {
  if (!ConsumeKeyword("FROM:", &arguments)) {
    return kSyntax;
  }
  Path path;
  if (const PathError error = ParsePath(&arguments, &path); error != PathError::kNone) {
    return error == PathError::kTooLong ? kTooLong : kBadAddress;
  }
  std::vector<Parameter> parameters;
  if (!ParseParameters(arguments, &parameters)) {
    return kBadParameters;
  }
  if (auto refusal = ApplyParameters(session, MailParameters(), parameters, transaction)) {
    return refusal;
  }
  if (!path.null && path.address.domain.empty()) {
    return kNoDomain;
  }
  if (!transaction.smtputf8 && !IsAscii(path.text)) {
    return kNeedsUtf8;
  }
  if (session.login() && !MaySendAs(session.login()->address(), path)) {
    return kNotYours;
  }
  transaction.started = true;
  transaction.reverse_path = std::move(path.text);
  return std::nullopt;
}

}  // namespace

asio::awaitable<void> RunMail(Session& session, std::string_view arguments) {
  Transaction transaction;
  const auto refusal = Begin(session, arguments, transaction);
  if (!refusal) {
    session.transaction() = std::move(transaction);
  }
  session.Send(refusal.value_or(kOk));
  co_return;
}

}  // namespace posthorn::smtp
