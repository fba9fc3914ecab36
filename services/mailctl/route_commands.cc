#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/config/config.h"
#include "mailctl/commands.h"
#include "mailctl/password_prompt.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {
namespace {

std::string ModeOf(v1::Route::Tls tls) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::Route::Tls_Name(tls), "TLS_"));
}

absl::Status ReadMode(const std::string& mode, v1::Route& route) {
  v1::Route::Tls tls = v1::Route::TLS_OPPORTUNISTIC;
  if (!mode.empty() &&
      !v1::Route::Tls_Parse(absl::StrCat("TLS_", absl::AsciiStrToUpper(mode)), &tls)) {
    return absl::InvalidArgumentError(
        "--tls is opportunistic, none, required, verified or implicit");
  }
  route.set_tls(tls);
  return absl::OkStatus();
}

// "host:port"; the host may be an address in brackets, as in mail addresses.
absl::Status ReadHost(const std::string& text, v1::Route& route) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || colon == 0 || text.back() == ']' ||
      !absl::SimpleAtoi(text.substr(colon + 1), &port)) {
    return absl::InvalidArgumentError(
        "a route leads to HOST:PORT; an address stands in brackets, [192.0.2.1]:25");
  }
  route.set_host(text.substr(0, colon));
  route.set_port(port);
  return absl::OkStatus();
}

absl::Status ReadFile(const std::string& path, std::string& content) {
  if (path.empty()) {
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> read = config::ReadSecretFile(path);
  if (!read.ok()) {
    return absl::InvalidArgumentError(read.status().message());
  }
  content = *std::move(read);
  return absl::OkStatus();
}

absl::Status ReadCredentials(const CommandLine& line, v1::Route& route) {
  if (!line.user.empty()) {
    absl::StatusOr<std::string> password = AskPassword(line.user);
    if (!password.ok()) {
      return password.status();
    }
    route.set_username(line.user);
    route.set_password(*std::move(password));
  }
  if (absl::Status status = ReadFile(line.client_cert, *route.mutable_client_certificate());
      !status.ok()) {
    return status;
  }
  return ReadFile(line.client_key, *route.mutable_client_key());
}

absl::Status CheckDomains(const CommandLine& line) {
  return line.to.empty() == line.from.empty()
             ? absl::InvalidArgumentError("a route is for --to=DOMAIN or for --from=DOMAIN")
             : absl::OkStatus();
}

std::string RuleText(absl::string_view to, absl::string_view from) {
  return to.empty() ? absl::StrCat("from ", from) : absl::StrCat("to ", to);
}

}  // namespace

absl::StatusOr<std::string> SetRoute(Invocation& invocation) {
  const CommandLine& line = invocation.line;
  v1::SetRouteRequest request;
  request.mutable_rule()->set_recipient_domain(line.to);
  request.mutable_rule()->set_sender_domain(line.from);
  v1::Route& route = *request.mutable_rule()->mutable_route();
  route.set_name(invocation.arguments[0]);
  route.set_lmtp(line.lmtp);
  for (const absl::Status& status :
       {CheckDomains(line), ReadHost(invocation.arguments[1], route), ReadMode(line.tls, route)}) {
    if (!status.ok()) {
      return status;
    }
  }
  if (absl::Status status = ReadCredentials(line, route); !status.ok()) {
    return status;
  }
  v1::SetRouteResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.SetRoute(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("mail ", RuleText(line.to, line.from), " goes to ", invocation.arguments[1],
                      "\n");
}

absl::StatusOr<std::string> ListRoutes(Invocation& invocation) {
  const v1::ListRoutesRequest request;
  v1::ListRoutesResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ListRoutes(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  Table table{{"mail", "name", "host", "port", "protocol", "tls", "user"}, {}};
  for (const v1::RouteRule& rule : response.rules()) {
    const v1::Route& route = rule.route();
    table.rows.push_back({RuleText(rule.recipient_domain(), rule.sender_domain()), route.name(),
                          route.host(), uint64_t{route.port()},
                          std::string(route.lmtp() ? "lmtp" : "smtp"), ModeOf(route.tls()),
                          route.username()});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> RemoveRoute(Invocation& invocation) {
  const CommandLine& line = invocation.line;
  if (absl::Status status = CheckDomains(line); !status.ok()) {
    return status;
  }
  v1::RemoveRouteRequest request;
  request.set_recipient_domain(line.to);
  request.set_sender_domain(line.from);
  v1::RemoveRouteResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.RemoveRoute(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return absl::StrCat("route of mail ", RuleText(line.to, line.from), " removed\n");
}

}  // namespace posthorn::mailctl
