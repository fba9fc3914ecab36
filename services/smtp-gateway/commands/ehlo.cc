// EHLO and HELO (RFC 5321 4.1.1.1).
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/commands/parameter_table.h"
#include "smtp-gateway/parser/hello.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kBadName{501, "5.5.4", "Domain name or address literal expected"};

// Extensions without a command or parameter of their own.
constexpr std::string_view kPlainKeywords[] = {
    "PIPELINING",           // RFC 2920
    "ENHANCEDSTATUSCODES",  // RFC 2034
};

std::vector<std::string> Keywords(const Session& session) {
  std::vector<std::string> keywords(std::begin(kPlainKeywords), std::end(kPlainKeywords));
  const auto add = [&](EhloKeyword keyword) {
    std::string line = keyword == nullptr ? std::string() : keyword(session);
    if (!line.empty()) {
      keywords.push_back(std::move(line));
    }
  };
  for (const ParameterRow& row : MailParameters()) {
    add(row.ehlo);
  }
  for (const CommandRow& row : Commands()) {
    add(row.keyword);
  }
  return keywords;
}

// RFC 5321 4.1.4: a second EHLO or HELO clears the state as RSET does.
bool Accept(Session& session, std::string_view name, bool extended) {
  if (!IsAcceptableHelloName(name)) {
    session.Send(kBadName);
    return false;
  }
  session.transaction().Reset();
  session.hello() = {std::string(name), extended};
  return true;
}

}  // namespace

asio::awaitable<void> RunEhlo(Session& session, std::string_view arguments) {
  if (!Accept(session, arguments, true)) {
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
  if (Accept(session, arguments, false)) {
    session.Send(250, {}, session.server().hostname);
  }
  co_return;
}

}  // namespace posthorn::smtp
