// libunbound, which asks a server of DNS on the loopback.
#include "smtp-gateway/dns/unbound_resolver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <fstream>

#include "smtp-gateway/dns/lookup.h"
#include "smtp-gateway/testing/fake_resolver.h"
#include "smtp-gateway/testing/scripted_dns.h"

namespace posthorn::dns {
namespace {

class UnboundResolverTest : public testing::Test {
 protected:
  UnboundResolverTest() {
    server_.records[{WireName("mail.example"), 15}] =
        std::string("\0\5", 2) + WireName("mx.mail.example");
    server_.records[{WireName("mx.mail.example"), 1}] = std::string("\x7f\0\0\1", 4);
    server_.records[{WireName("short.example"), 15}] = "ab";
    server_.failing = WireName("failing.example");
  }
  Answer Ask(const std::string& name, Type type, const std::string& anchor = "") {
    if (!resolver_) {
      server_.Start();
      UnboundOptions options;
      options.servers = {server_.address()};
      options.trust_anchor = anchor;
      auto made = UnboundResolver::Make(context_.get_executor(), options);
      EXPECT_TRUE(made.ok()) << made.status();
      resolver_ = *std::move(made);
    }
    std::optional<Answer> answer;
    asio::co_spawn(context_, resolver_->Query(name, type),
                   [&](const std::exception_ptr&, Answer result) { answer = std::move(result); });
    while (!answer.has_value()) {
      context_.run_one();
    }
    return *answer;
  }

  ScriptedDns server_;
  asio::io_context context_;
  std::unique_ptr<UnboundResolver> resolver_;
};

TEST_F(UnboundResolverTest, TellsAnswersApart) {
  const Answer mx = Ask("mail.example", Type::kMx);
  ASSERT_EQ(mx.outcome, Outcome::kData) << mx.reason;
  EXPECT_FALSE(mx.secure);
  EXPECT_EQ(ParseMx(mx.rdata.at(0))->exchange, "mx.mail.example");
  EXPECT_EQ(ParseAddress(Ask("mx.mail.example", Type::kA).rdata.at(0))->to_string(), "127.0.0.1");
  EXPECT_EQ(Ask("mx.mail.example", Type::kTlsa).outcome, Outcome::kNoData);
  EXPECT_EQ(Ask("nowhere.example", Type::kMx).outcome, Outcome::kNxDomain);
  const Answer failed = Ask("failing.example", Type::kMx);
  EXPECT_EQ(failed.outcome, Outcome::kFailed);
  EXPECT_FALSE(failed.bogus);
  EXPECT_NE(Ask("short.example", Type::kMx).outcome, Outcome::kNxDomain);
}

TEST_F(UnboundResolverTest, WhatShouldBeSignedAndIsNotIsBogus) {
  const std::string file = testing::TempDir() + "/posthorn-anchor-" + std::to_string(::getpid());
  std::ofstream(file) << "example. IN DS 12345 13 2 " << std::string(64, 'A') << "\n";
  const Answer answer = Ask("mail.example", Type::kMx, file);
  std::remove(file.c_str());
  EXPECT_EQ(answer.outcome, Outcome::kFailed);
  EXPECT_TRUE(answer.bogus);
  EXPECT_FALSE(answer.secure);
}

TEST(UnboundResolver, NamesWhatItCannotUse) {
  asio::io_context context;
  UnboundOptions options;
  options.servers = {"no address"};
  EXPECT_FALSE(UnboundResolver::Make(context.get_executor(), options).ok());
  options.servers = {"127.0.0.1"};
  options.trust_anchor = "/nowhere/root.key";
  EXPECT_FALSE(UnboundResolver::Make(context.get_executor(), options).ok());
}

}  // namespace
}  // namespace posthorn::dns
