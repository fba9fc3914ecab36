#include "smtp-gateway/filter/dnsbl.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "smtp-gateway/testing/fake_resolver.h"

namespace posthorn::filter {
namespace {

using boost::asio::ip::make_address;

TEST(DnsblZonesTest, ReadsZones) {
  const auto zones = ParseDnsbl("Zen.example, b.example=127.0.0.4*3 ,ok.example*-2");
  ASSERT_TRUE(zones.ok());
  ASSERT_EQ(zones->size(), 3u);
  EXPECT_EQ((*zones)[0].zone, "zen.example");
  EXPECT_EQ((*zones)[0].weight, 1);
  EXPECT_FALSE((*zones)[0].answer.has_value());
  EXPECT_EQ((*zones)[1].zone, "b.example");
  EXPECT_EQ((*zones)[1].weight, 3);
  EXPECT_EQ((*zones)[1].answer, make_address("127.0.0.4"));
  EXPECT_EQ((*zones)[2].weight, -2);
  EXPECT_TRUE(ParseDnsbl("")->empty());
}

TEST(DnsblZonesTest, RefusesOthers) {
  for (const std::string text : {"a b", "a*", "a*x", "a*1001", "a=10.0.0.1", "a=", "=127.0.0.1",
                                 "*2", ".a", "a.", "a..b", "a=127.0.0.1=2"}) {
    EXPECT_FALSE(ParseDnsbl(text).ok()) << text;
  }
  std::string many;
  for (int i = 0; i < 21; ++i) {
    many += "a.example,";
  }
  EXPECT_FALSE(ParseDnsbl(many).ok());
  EXPECT_FALSE(ParseDnsbl(std::string(151, 'a')).ok());
}

TEST(DnsblZonesTest, NamesOfRfc5782) {
  EXPECT_EQ(DnsblName(make_address("192.0.2.99"), "bad.example.com"), "99.2.0.192.bad.example.com");
  EXPECT_EQ(DnsblName(make_address("::ffff:192.0.2.99"), "x"), "99.2.0.192.x");
  EXPECT_EQ(DnsblName(make_address("2001:db8:1:2:3:4:567:89ab"), "ugly.example.com"),
            "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com");
}

TEST(DnsblZonesTest, OnlyListingsCount) {
  const DnsblZone any{"a.example"};
  EXPECT_TRUE(any.Counts(make_address("127.0.0.2")));
  EXPECT_TRUE(any.Counts(make_address("127.0.1.255")));
  EXPECT_FALSE(any.Counts(make_address("127.255.255.254")));
  EXPECT_FALSE(any.Counts(make_address("203.0.113.7")));
  EXPECT_FALSE(any.Counts(make_address("::1")));
  const DnsblZone one{"a.example", make_address("127.0.0.4")};
  EXPECT_TRUE(one.Counts(make_address("127.0.0.4")));
  EXPECT_FALSE(one.Counts(make_address("127.0.0.2")));
}

// Never answers for a zone.
class SlowResolver final : public dns::Resolver {
 public:
  explicit SlowResolver(dns::Resolver& others) : others_(others) {}
  asio::awaitable<dns::Answer> Query(std::string name, dns::Type type) override {
    if (name.ends_with("slow.example")) {
      asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::hours(1));
      co_await never.async_wait(asio::use_awaitable);
    }
    co_return co_await others_.Query(std::move(name), type);
  }

 private:
  dns::Resolver& others_;
};

class DnsblTest : public testing::Test {
 protected:
  // Octets of an answer.
  void List(const std::string& name, char last = 2) {
    resolver_.AddAddress(name, std::string{127, 0, 0, last});
  }
  std::string Check(const std::string& zones, const std::string& address, int threshold = 1) {
    asio::io_context context;
    SlowResolver resolver(resolver_);
    DnsblOptions options;
    options.zones = *ParseDnsbl(zones);
    options.threshold = threshold;
    options.timeout = std::chrono::milliseconds(20);
    const Dnsbl dnsbl(options, resolver);
    std::string refusal = "not run";
    const auto run = [&]() -> asio::awaitable<void> {
      refusal = co_await dnsbl.Check(make_address(address));
      context.stop();
    };
    asio::co_spawn(context, run(), asio::detached);
    context.run();
    return refusal;
  }

  dns::FakeResolver resolver_;
};

TEST_F(DnsblTest, SaysWhatTheListSays) {
  List("8.7.200.185.a.example");
  resolver_.Data("8.7.200.185.a.example", dns::Type::kTxt, false).rdata = {"\x09See\r\nhttp"};
  EXPECT_EQ(Check("a.example", "185.200.7.8"), "Client is listed by a.example: See??http");
  EXPECT_EQ(Check("a.example", "185.200.7.9"), "");
  List("8.7.200.185.b.example");
  EXPECT_EQ(Check("b.example", "185.200.7.8"), "Client is listed by b.example");
}

TEST_F(DnsblTest, WeightsAddUp) {
  List("8.7.200.185.a.example");
  List("8.7.200.185.b.example");
  List("8.7.200.185.good.example");
  EXPECT_EQ(Check("a.example", "185.200.7.8", 2), "");
  EXPECT_NE(Check("a.example,b.example", "185.200.7.8", 2), "");
  EXPECT_EQ(Check("a.example,b.example,good.example*-1", "185.200.7.8", 2), "");
  EXPECT_EQ(Check("a.example*2,b.example", "185.200.7.8", 3), "Client is listed by a.example");
}

TEST_F(DnsblTest, WithoutAnAnswerClientsPass) {
  resolver_.Fail("8.7.200.185.a.example", dns::Type::kA);
  EXPECT_EQ(Check("a.example,slow.example", "185.200.7.8"), "");
  // The others are heard all the same.
  List("8.7.200.185.b.example");
  EXPECT_NE(Check("slow.example,b.example", "185.200.7.8"), "");
}

TEST_F(DnsblTest, PrivateAddressesAreOnNoList) {
  List("1.0.0.10.a.example");
  EXPECT_EQ(Check("a.example", "10.0.0.1"), "");
}

}  // namespace
}  // namespace posthorn::filter
