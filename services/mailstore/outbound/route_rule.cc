#include "mailstore/outbound/route_rule.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mail/mailbox_address.h"
#include "mailstore/directory/local_address.h"

namespace posthorn::store {
namespace {

constexpr size_t kMaxName = 64;
constexpr size_t kMaxCredential = 1'024;
constexpr size_t kMaxPem = 64 * 1'024;
constexpr uint32_t kMaxPort = 65'535;
constexpr absl::string_view kRoutePrefix = "route:";

absl::Status Invalid(absl::string_view why) { return absl::InvalidArgumentError(why); }

bool IsName(absl::string_view name) {
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') {
      return false;
    }
  }
  return !name.empty() && name.size() <= kMaxName;
}

absl::StatusOr<std::string> ParseHost(absl::string_view host) {
  if (absl::StartsWith(host, "[")) {
    // The parser of addresses knows what an address literal is (RFC 5321 4.1.3).
    const auto address = mail::ParseMailboxAddress(absl::StrCat("a@", host));
    return address.ok() ? absl::StatusOr<std::string>(address->domain)
                        : Invalid(absl::StrCat(host, " is not an address in brackets"));
  }
  return ParseDomain(host);
}

bool HasNoControls(absl::string_view text) {
  for (const char c : text) {
    if (absl::ascii_iscntrl(c)) {
      return false;
    }
  }
  return true;
}

absl::Status CheckCredentials(const v1::Route& route) {
  if (route.username().size() > kMaxCredential || route.password().size() > kMaxCredential ||
      !HasNoControls(route.username()) || !HasNoControls(route.password())) {
    return Invalid("user name and password have at most 1,024 octets, none of them a control");
  }
  if (route.username().empty() != route.password().empty()) {
    return Invalid("a user name goes with a password");
  }
  if (!route.username().empty() &&
      (route.tls() == v1::Route::TLS_NONE || route.tls() == v1::Route::TLS_OPPORTUNISTIC)) {
    return Invalid("a password is sent over TLS only: required, verified or implicit");
  }
  if (route.client_certificate().size() > kMaxPem || route.client_key().size() > kMaxPem) {
    return Invalid("certificate and key have at most 64 KiB");
  }
  if (route.client_certificate().empty() != route.client_key().empty()) {
    return Invalid("a certificate goes with its key");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ParseRouteDomain(absl::string_view domain) {
  return domain == "*" ? std::string(domain) : ParseDomain(domain);
}

}  // namespace

absl::StatusOr<RouteDomains> ParseRouteDomains(absl::string_view recipient,
                                               absl::string_view sender) {
  if (recipient.empty() == sender.empty()) {
    return Invalid("a route is for a recipient's domain or for a sender's");
  }
  absl::StatusOr<std::string> domain = ParseRouteDomain(recipient.empty() ? sender : recipient);
  if (!domain.ok()) {
    return domain.status();
  }
  return recipient.empty() ? RouteDomains{"", *std::move(domain)}
                           : RouteDomains{*std::move(domain), ""};
}

absl::StatusOr<v1::RouteRule> ParseRouteRule(const v1::RouteRule& rule) {
  const absl::StatusOr<RouteDomains> domains =
      ParseRouteDomains(rule.recipient_domain(), rule.sender_domain());
  if (!domains.ok()) {
    return domains.status();
  }
  if (!IsName(rule.route().name())) {
    return Invalid("a route's name has 1 to 64 letters, digits, '.', '-' and '_'");
  }
  if (rule.route().port() == 0 || rule.route().port() > kMaxPort) {
    return Invalid("a port is 1 to 65535");
  }
  if (!v1::Route::Tls_IsValid(rule.route().tls())) {
    return Invalid("there is no such use of TLS");
  }
  if (absl::Status status = CheckCredentials(rule.route()); !status.ok()) {
    return status;
  }
  absl::StatusOr<std::string> host = ParseHost(rule.route().host());
  if (!host.ok()) {
    return host.status();
  }
  v1::RouteRule parsed = rule;
  parsed.set_recipient_domain(domains->recipient);
  parsed.set_sender_domain(domains->sender);
  parsed.mutable_route()->set_host(*std::move(host));
  return parsed;
}

absl::StatusOr<std::string> ParseSite(absl::string_view text) {
  absl::string_view name = text;
  if (absl::ConsumePrefix(&name, kRoutePrefix)) {
    return IsName(name) ? absl::StatusOr<std::string>(std::string(text))
                        : Invalid("a route's name has 1 to 64 letters, digits, '.', '-' and '_'");
  }
  return text == "local" ? std::string(text) : ParseDomain(text);
}

}  // namespace posthorn::store
