// Where mail goes, and which policies it meets on the way.
#include "smtp-gateway/relay/router.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "smtp-gateway/relay/sts_policy.h"
#include "smtp-gateway/testing/fake_resolver.h"

namespace posthorn::relay {
namespace {

class RouterTest : public testing::Test {
 protected:
  Routing Route(const std::string& domain) {
    Routing routing;
    const RouterOptions options{"mx2.example.org", 25};
    asio::co_spawn(context_, RouteByMx(resolver_, options, domain),
                   [&](const std::exception_ptr&, Routing result) { routing = std::move(result); });
    context_.restart();
    context_.run();
    return routing;
  }
  std::string Hosts(const std::string& domain) {
    std::string hosts;
    for (const Host& host : Route(domain).hosts) {
      hosts += host.name + " ";
    }
    return hosts;
  }
  std::string Verdict(const std::string& domain) {
    const Routing routing = Route(domain);
    return routing.verdict.has_value() ? routing.verdict->status_code : "none";
  }
  dns::FakeResolver resolver_;
  asio::io_context context_;
};

TEST(Router, TheHostOfARouteMayBeAnAddress) {
  for (const char* host : {"[192.0.2.7]", "192.0.2.7"}) {
    v1::Route route;
    route.set_host(host);
    route.set_port(2525);
    const Routing routing = RouteByRule(route);
    ASSERT_EQ(routing.hosts.size(), 1);
    ASSERT_TRUE(routing.hosts[0].literal.has_value()) << host;
    EXPECT_EQ(routing.hosts[0].literal->to_string(), "192.0.2.7");
    EXPECT_EQ(routing.hosts[0].port, 2525);
  }
  v1::Route route;
  route.set_host("relay.example.net");
  EXPECT_FALSE(RouteByRule(route).hosts[0].literal.has_value());
}

TEST_F(RouterTest, ByPreference) {
  resolver_.AddMx("example.net", 20, "b.example.net");
  resolver_.AddMx("example.net", 10, "A.example.net", true);
  resolver_.AddMx("example.net", 30, "c.example.net", true);
  EXPECT_EQ(Hosts("example.net"), "a.example.net b.example.net c.example.net ");
  EXPECT_TRUE(Route("example.net").secure);
}

TEST_F(RouterTest, WithoutMxItIsTheDomain) {
  resolver_.AddLoopback("example.net");
  EXPECT_EQ(Hosts("example.net"), "example.net ");
}

TEST_F(RouterTest, WhatCannotBe) {
  EXPECT_EQ(Verdict("nowhere.example"), "5.1.2");
  resolver_.AddMx("null.example", 0, "");
  EXPECT_EQ(Verdict("null.example"), "5.1.10");
  resolver_.Fail("away.example", dns::Type::kMx);
  EXPECT_EQ(Verdict("away.example"), "4.4.3");
  resolver_.AddMx("loop.example", 10, "MX2.example.org");
  resolver_.AddMx("loop.example", 10, "mx3.example.org");
  EXPECT_EQ(Verdict("loop.example"), "5.4.6");
  resolver_.Data("broken.example", dns::Type::kMx, false).rdata = {"ab", "\1"};
  EXPECT_EQ(Verdict("broken.example"), "4.4.3");
}

TEST_F(RouterTest, HostsBehindUsAreNotTried) {
  resolver_.AddMx("example.org", 10, "mx1.example.org");
  resolver_.AddMx("example.org", 20, "mx2.example.org");
  resolver_.AddMx("example.org", 30, "mx3.example.org");
  EXPECT_EQ(Hosts("example.org"), "mx1.example.org ");
}

TEST_F(RouterTest, Literals) {
  EXPECT_EQ(Route("[192.0.2.1]").hosts.at(0).literal->to_string(), "192.0.2.1");
  EXPECT_EQ(Route("[IPv6:2001:db8::1]").hosts.at(0).literal->to_string(), "2001:db8::1");
  EXPECT_EQ(Verdict("[192.0.2]"), "5.1.2");
  EXPECT_EQ(Verdict("[x"), "5.1.2");
}

TEST(StsPolicy, IsRead) {
  const auto policy = ParseStsPolicy(
      "version: STSv1\r\nmode: enforce\nmx: Mail.example.net\r\nmx: *.example.com\nfoo: bar\n"
      "max_age: 86400\n");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_EQ(policy->mode, StsPolicyText::Mode::kEnforce);
  EXPECT_EQ(policy->max_age_seconds, 86400u);
  EXPECT_TRUE(policy->Matches("mail.example.net"));
  EXPECT_TRUE(policy->Matches("mx.example.com"));
  EXPECT_FALSE(policy->Matches("example.com"));
  EXPECT_FALSE(policy->Matches("a.b.example.com"));
  EXPECT_FALSE(policy->Matches("x.mail.example.net"));
}

TEST(StsPolicy, RefusesWhatIsNone) {
  for (const char* text :
       {"", "version: STSv1", "mode: enforce\nmx: a\nmax_age: 1",
        "version: STSv1\nmode: enforce\nmax_age: 1",
        "version: STSv1\nmode: maybe\nmx: a\nmax_age: 1", "version: STSv1\nmode: enforce\nmx: a",
        "version: STSv1\nmode: enforce\nmx: a\nmax_age: 99999999"}) {
    EXPECT_FALSE(ParseStsPolicy(text).ok()) << text;
  }
  EXPECT_TRUE(ParseStsPolicy("version: STSv1\nmode: none\nmax_age: 1").ok());
}

TEST(StsPolicy, RecordsHaveAnId) {
  EXPECT_EQ(StsRecordId({"other", "v=STSv1; id=20240101;"}), "20240101");
  EXPECT_EQ(StsRecordId({"v=STSv1;id=a", "v=STSv1;id=b"}), std::nullopt);
  EXPECT_EQ(StsRecordId({"v=STSv1;"}), std::nullopt);
  EXPECT_EQ(StsRecordId({"v=STSv1; id=a-b"}), std::nullopt);
  EXPECT_EQ(StsRecordId({"v=STSv2; id=a"}), std::nullopt);
  EXPECT_EQ(StsRecordId({}), std::nullopt);
}

}  // namespace
}  // namespace posthorn::relay
