#include "smtp-gateway/relay/report_receivers.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "smtp-gateway/testing/fake_resolver.h"

namespace posthorn::relay {
namespace {

class ReportReceiversTest : public testing::Test {
 protected:
  void AddRecord(const std::string& domain, const std::string& text) {
    resolver_.Data("_smtp._tls." + domain, dns::Type::kTxt, false).rdata = {
        static_cast<char>(text.size()) + text};
  }
  ReportReceivers::Sorted Sort(const std::vector<std::string>& domains) {
    v1::CountTlsSessionsRequest counted;
    for (const std::string& domain : domains) {
      counted.add_sessions()->set_domain(domain);
    }
    asio::io_context context;
    ReportReceivers::Sorted sorted;
    asio::co_spawn(context, receivers_.Sort(counted),
                   [&](const std::exception_ptr&, ReportReceivers::Sorted result) {
                     sorted = std::move(result);
                   });
    context.run();
    return sorted;
  }

  dns::FakeResolver resolver_;
  ReportReceivers receivers_{resolver_};
};

TEST_F(ReportReceiversTest, OnlyDomainsThatWantReportsAreCounted) {
  AddRecord("b.example", "v=TLSRPTv1; rua=mailto:tls@b.example");
  AddRecord("c.example", "v=TLSRPTv1; rua=ftp://c.example/");
  resolver_.Fail("_smtp._tls.d.example", dns::Type::kTxt);
  const auto sorted = Sort({"b.example", "a.example", "c.example", "d.example", "b.example"});
  ASSERT_EQ(sorted.wanted.sessions_size(), 2);
  EXPECT_EQ(sorted.wanted.sessions(1).domain(), "b.example");
  ASSERT_EQ(sorted.wanted.receivers_size(), 1);
  EXPECT_EQ(sorted.wanted.receivers(0).domain(), "b.example");
  EXPECT_EQ(sorted.wanted.receivers(0).addresses(0), "tls@b.example");
  EXPECT_EQ(sorted.later.sessions_size(), 0);
}

TEST_F(ReportReceiversTest, ReportsMayBePosted) {
  AddRecord("b.example", "v=TLSRPTv1; rua=https://b.example/tls,mailto:tls@b.example");
  const auto sorted = Sort({"b.example"});
  ASSERT_EQ(sorted.wanted.receivers_size(), 1);
  ASSERT_EQ(sorted.wanted.receivers(0).addresses_size(), 2);
  EXPECT_EQ(sorted.wanted.receivers(0).addresses(0), "https://b.example/tls");
}

TEST_F(ReportReceiversTest, TheDnsIsAskedOnce) {
  AddRecord("b.example", "v=TLSRPTv1; rua=mailto:tls@b.example");
  Sort({"b.example", "a.example"});
  resolver_.answers.clear();
  AddRecord("a.example", "v=TLSRPTv1; rua=mailto:tls@a.example");
  const auto sorted = Sort({"b.example", "a.example"});
  ASSERT_EQ(sorted.wanted.sessions_size(), 1);
  EXPECT_EQ(sorted.wanted.sessions(0).domain(), "b.example");
}

}  // namespace
}  // namespace posthorn::relay
