// EHLO and HELO (RFC 5321 4.1.1.1).
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/hello.h"
#include "smtp-gateway/session/milter_steps.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kBadName{501, "5.5.4", "Domain name or address literal expected"};

// Extensions without a command or parameter of their own.
constexpr std::string_view kPlainKeywords[] = {
    "PIPELINING",           // RFC 2920
    "ENHANCEDSTATUSCODES",  // RFC 2034
    "BINARYMIME",           // RFC 3030 3, by BDAT
};

// RFC 9422.
std::string LimitsKeyword(const Session& session) {
  const Limits& limits = session.server().limits;
  std::string keyword = absl::StrCat("LIMITS RCPTMAX=", limits.recipients);
  if (limits.messages > 0) {
    absl::StrAppend(&keyword, " MAILMAX=", limits.messages);
  }
  return keyword;
}

std::vector<std::string> Keywords(const Session& session) {
  std::vector<std::string> keywords(std::begin(kPlainKeywords), std::end(kPlainKeywords));
  const auto add = [&](EhloKeyword keyword) {
    std::string line = keyword == nullptr ? std::string() : keyword(session);
    // Rows of one extension share its line.
    if (!line.empty() && std::find(keywords.begin(), keywords.end(), line) == keywords.end()) {
      keywords.push_back(std::move(line));
    }
  };
  keywords.push_back(LimitsKeyword(session));
  for (const MailParameter& row : MailParameters()) {
    add(row.ehlo);
  }
  for (const CommandRow& row : Commands()) {
    add(row.keyword);
  }
  return keywords;
}

// RFC 5321 4.1.4: a second EHLO or HELO clears the state as RSET does.
asio::awaitable<bool> Accept(Session& session, std::string_view name, bool extended) {
  if (!IsAcceptableHelloName(name)) {
    session.Send(kBadName);
    co_return false;
  }
  session.transaction().Reset();
  session.hello() = {std::string(name), extended};
  const MilterRefusal refusal = co_await TellHello(session);
  if (refusal) {
    session.hello() = Hello();
    SendRefusal(session, *refusal);
  }
  co_return !refusal;
}

}  // namespace

asio::awaitable<void> RunEhlo(Session& session, std::string_view arguments) {
  const bool accepted = co_await Accept(session, arguments, true);
  if (!accepted) {
    co_return;
  }
  const std::string greeting =
      absl::StrCat(session.server().hostname, " greets ", session.hello().name);
  const std::vector<std::string> keywords = Keywords(session);
  session.SendContinued(250, greeting);
  for (size_t i = 0; i + 1 < keywords.size(); ++i) {
    session.SendContinued(250, keywords[i]);
  }
  session.Send(250, {}, keywords.back());
}

asio::awaitable<void> RunHelo(Session& session, std::string_view arguments) {
  const bool accepted = co_await Accept(session, arguments, false);
  if (accepted) {
    session.Send(250, {}, session.server().hostname);
  }
}

}  // namespace posthorn::smtp
