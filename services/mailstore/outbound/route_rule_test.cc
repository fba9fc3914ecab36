#include "mailstore/outbound/route_rule.h"

#include <gtest/gtest.h>

#include <functional>

namespace posthorn::store {
namespace {

v1::RouteRule Rule() {
  v1::RouteRule rule;
  rule.set_recipient_domain("Example.ORG");
  rule.mutable_route()->set_name("smarthost");
  rule.mutable_route()->set_host("Relay.Example.net");
  rule.mutable_route()->set_port(587);
  rule.mutable_route()->set_tls(v1::Route::TLS_VERIFIED);
  rule.mutable_route()->set_username("user");
  rule.mutable_route()->set_password("secret");
  return rule;
}

TEST(ParseRouteRule, NormalForm) {
  const auto rule = ParseRouteRule(Rule());
  ASSERT_TRUE(rule.ok()) << rule.status();
  EXPECT_EQ(rule->recipient_domain(), "example.org");
  EXPECT_EQ(rule->route().host(), "relay.example.net");
  EXPECT_EQ(rule->route().password(), "secret");
  for (const char* host : {"[192.0.2.1]", "[IPv6:2001:db8::1]"}) {
    v1::RouteRule literal = Rule();
    literal.mutable_route()->set_host(host);
    EXPECT_TRUE(ParseRouteRule(literal).ok()) << host;
  }
}

TEST(ParseRouteRule, Refuses) {
  const std::pair<const char*, std::function<void(v1::RouteRule&)>> cases[] = {
      {"no domain", [](auto& rule) { rule.clear_recipient_domain(); }},
      {"both domains", [](auto& rule) { rule.set_sender_domain("a.example"); }},
      {"no domain name", [](auto& rule) { rule.set_recipient_domain("-a"); }},
      {"no name", [](auto& rule) { rule.mutable_route()->clear_name(); }},
      {"a name with a blank", [](auto& rule) { rule.mutable_route()->set_name("a b"); }},
      {"a long name", [](auto& rule) { rule.mutable_route()->set_name(std::string(65, 'a')); }},
      {"no host", [](auto& rule) { rule.mutable_route()->clear_host(); }},
      {"a bad literal", [](auto& rule) { rule.mutable_route()->set_host("[192.0.2]"); }},
      {"port 0", [](auto& rule) { rule.mutable_route()->set_port(0); }},
      {"port 65536", [](auto& rule) { rule.mutable_route()->set_port(65'536); }},
      {"no password", [](auto& rule) { rule.mutable_route()->clear_password(); }},
      {"a control", [](auto& rule) { rule.mutable_route()->set_password("a\r\nb"); }},
      {"a password in the clear",
       [](auto& rule) { rule.mutable_route()->set_tls(v1::Route::TLS_OPPORTUNISTIC); }},
      {"a certificate alone",
       [](auto& rule) { rule.mutable_route()->set_client_certificate("x"); }},
      {"unknown TLS",
       [](auto& rule) { rule.mutable_route()->set_tls(static_cast<v1::Route::Tls>(9)); }},
  };
  for (const auto& [what, change] : cases) {
    v1::RouteRule rule = Rule();
    change(rule);
    EXPECT_EQ(ParseRouteRule(rule).status().code(), absl::StatusCode::kInvalidArgument) << what;
  }
}

TEST(ParseRouteDomains, OneOfBoth) {
  EXPECT_EQ(ParseRouteDomains("*", "")->recipient, "*");
  EXPECT_EQ(ParseRouteDomains("",
                              "B\xc3\xbc"
                              "cher.example")
                ->sender,
            "xn--bcher-kva.example");
  EXPECT_FALSE(ParseRouteDomains("", "").ok());
}

TEST(ParseSite, DomainsRoutesAndLocal) {
  EXPECT_EQ(ParseSite("Example.org").value(), "example.org");
  EXPECT_EQ(ParseSite("route:Smart_1").value(), "route:Smart_1");
  EXPECT_EQ(ParseSite("local").value(), "local");
  for (const char* text : {"", "route:", "route:a b", "a..b", "a b"}) {
    EXPECT_FALSE(ParseSite(text).ok()) << text;
  }
}

}  // namespace
}  // namespace posthorn::store
