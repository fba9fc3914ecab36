#include "smtp-gateway/relay/sts_cache.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/net/listener.h"
#include "common/net/tls.h"
#include "common/testing/authority.h"
#include "smtp-gateway/testing/fake_resolver.h"
#include "smtp-gateway/testing/fake_work_source.h"

namespace posthorn::relay {
namespace {

constexpr char kPolicy[] = "version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 1000\n";

class StsCacheTest : public testing::Test {
 protected:
  StsCacheTest() {
    authority_.Issue("mta-sts.example.net");
    server_tls_ = *net::ServerTls::Load({authority_.directory()});
    tls_ = *net::ClientTls::Make(authority_.directory() + "/ca.crt");
    net::ListenerOptions options;
    options.name = "https";
    options.address = "127.0.0.1:0";
    options.implicit_tls = true;
    listener_ = std::make_unique<net::Listener>(
        runtime_, options, server_tls_.get(),
        [this](net::Stream& stream) -> asio::awaitable<void> { return Answer(stream); });
    EXPECT_TRUE(listener_->Start().ok());
    options_.port = listener_->port();
    options_.private_allowed = true;
    thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(10)); });
    AddRecord("v=STSv1; id=one;");
    resolver_.AddLoopback("mta-sts.example.net");
  }
  ~StsCacheTest() override {
    runtime_.RequestDrain();
    thread_.join();
  }

  asio::awaitable<void> Answer(net::Stream& stream) {
    char request[1000];
    const auto size = co_await stream.Read(request, sizeof request);
    if (!size.ok()) {
      co_return;
    }
    requests_.emplace_back(request, *size);
    const std::string response = response_;
    static_cast<void>(co_await stream.Write(response));
  }
  void AddRecord(const std::string& text) {
    resolver_.Data("_mta-sts.example.net", dns::Type::kTxt, false).rdata = {
        static_cast<char>(text.size()) + text};
  }
  void SetPolicy(const std::string& text) {
    response_ = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + text;
  }
  // The text, or why there is none.
  std::string Find(StsCache& cache) {
    std::string text;
    asio::co_spawn(context_, cache.Find("example.net"),
                   [&](const std::exception_ptr&, const StsLookup& lookup) {
                     failure_type_ = lookup.failure_type;
                     text = lookup.found.has_value() ? lookup.found->text : "none";
                   });
    context_.restart();
    context_.run();
    return text;
  }
  std::string Find() {
    StsCache cache(resolver_, *tls_, source_, options_);
    return Find(cache);
  }

  testing_support::Authority authority_;
  runtime::Runtime runtime_{1};
  std::unique_ptr<net::ServerTls> server_tls_;
  std::unique_ptr<net::ClientTls> tls_;
  std::unique_ptr<net::Listener> listener_;
  std::thread thread_;
  // Touched by the server while the test waits for it.
  std::string response_;
  std::vector<std::string> requests_;
  dns::FakeResolver resolver_;
  FakeWorkSource source_;
  HttpsOptions options_;
  asio::io_context context_;
  std::string failure_type_;  // of the last Find
};

TEST_F(StsCacheTest, FetchesAndShares) {
  SetPolicy(kPolicy);
  StsCache cache(resolver_, *tls_, source_, options_);
  EXPECT_EQ(Find(cache), kPolicy);
  EXPECT_EQ(failure_type_, "");
  EXPECT_EQ(Find(cache), kPolicy);
  ASSERT_EQ(requests_.size(), 1u);
  EXPECT_EQ(requests_[0].substr(0, 66),
            "GET /.well-known/mta-sts.txt HTTP/1.1\r\nHost: mta-sts.example.net\r\n");
  EXPECT_EQ(source_.policies["example.net"].id(), "one");
  EXPECT_EQ(source_.policies["example.net"].max_age_seconds(), 1000u);
  // Another gateway need not fetch it.
  EXPECT_EQ(Find(), kPolicy);
  EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(StsCacheTest, AKnownPolicyOutlivesItsRecordAndItsServer) {
  SetPolicy(kPolicy);
  EXPECT_EQ(Find(), kPolicy);
  AddRecord("v=STSv1; id=two;");
  response_ = "HTTP/1.1 302 elsewhere\r\nLocation: https://example.org/\r\n\r\n";
  EXPECT_EQ(Find(), kPolicy);
  EXPECT_EQ(failure_type_, "sts-policy-fetch-error");
  resolver_.answers.erase({"_mta-sts.example.net", dns::Type::kTxt});
  EXPECT_EQ(Find(), kPolicy);
  resolver_.Fail("_mta-sts.example.net", dns::Type::kTxt);
  EXPECT_EQ(Find(), kPolicy);
}

TEST_F(StsCacheTest, WhatCannotBeTrustedIsNone) {
  SetPolicy(kPolicy);
  options_.private_allowed = false;
  EXPECT_EQ(Find(), "none");
  EXPECT_EQ(failure_type_, "sts-policy-fetch-error");
  EXPECT_TRUE(requests_.empty());
  options_.private_allowed = true;
  tls_ = *net::ClientTls::Make("");
  EXPECT_EQ(Find(), "none");
  EXPECT_EQ(failure_type_, "sts-webpki-invalid");
  EXPECT_TRUE(requests_.empty());
  tls_ = *net::ClientTls::Make(authority_.directory() + "/ca.crt");
  SetPolicy(kPolicy + std::string(70'000, '\n'));
  EXPECT_EQ(Find(), "none");
  response_ = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + std::string(kPolicy);
  EXPECT_EQ(Find(), "none");
  SetPolicy("<html>");
  EXPECT_EQ(Find(), "none");
  EXPECT_EQ(failure_type_, "sts-policy-invalid");
  EXPECT_TRUE(source_.policies.empty());
}

TEST(IsPublic, KnowsWhatIsNot) {
  for (const char* address : {"127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1",
                              "::ffff:10.0.0.1", "fe80::1", "fd00::1", "172.31.0.1", "0.0.0.0"}) {
    EXPECT_FALSE(IsPublic(boost::asio::ip::make_address(address))) << address;
  }
  for (const char* address : {"9.9.9.9", "172.32.0.1", "2620:fe::fe"}) {
    EXPECT_TRUE(IsPublic(boost::asio::ip::make_address(address))) << address;
  }
}

}  // namespace
}  // namespace posthorn::relay
