#include "smtp-gateway/relay/tlsrpt_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::relay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(TlsReportAddresses, ReadsTheOneRecord) {
  EXPECT_THAT(TlsReportAddresses({"v=TLSRPTv1; rua=mailto:tls@Example.net"}),
              ElementsAre("tls@example.net"));
  EXPECT_THAT(TlsReportAddresses({"v=spf1 -all",
                                  "v=TLSRPTv1 ;x=y; rua=mailto:a@example.net , "
                                  "https://example.net/r,MAILTO:b%2bc@example.net"
                                  "?subject=x;"}),
              ElementsAre("a@example.net", "https://example.net/r", "b+c@example.net"));
}

TEST(TlsReportAddresses, WhatIsUnclearAsksForNothing) {
  EXPECT_THAT(TlsReportAddresses({}), IsEmpty());
  EXPECT_THAT(TlsReportAddresses(
                  {"v=TLSRPTv1; rua=mailto:a@example.net", "v=TLSRPTv1; rua=mailto:b@example.net"}),
              IsEmpty());
  for (const char* text :
       {"v=TLSRPTv1", "v=TLSRPTv2; rua=mailto:a@example.net", "v=TLSRPTv1; rua=http://example.net/",
        "v=TLSRPTv1; rua=https:", "v=TLSRPTv1; rua=https://u@example.net/",
        "v=TLSRPTv1; rua=mailto:", "v=TLSRPTv1; rua=mailto:\"a b\"@example.net",
        "v=TLSRPTv1; rua=mailto:postmaster", "v=TLSRPTv1; rua=a@example.net",
        "v=TLSRPTv1; rua=mailto:a%0d%0a@example.net", "rua=mailto:a@example.net; v=TLSRPTv1;"}) {
    EXPECT_THAT(TlsReportAddresses({text}), IsEmpty()) << text;
  }
}

TEST(TlsReportAddresses, AreFew) {
  std::string text = "v=TLSRPTv1;rua=mailto:a@example.net";
  for (int i = 0; i < 9; ++i) {
    text += ",mailto:a@example.net";
  }
  EXPECT_EQ(TlsReportAddresses({text}).size(), kMaxReportAddresses);
}

}  // namespace
}  // namespace posthorn::relay
