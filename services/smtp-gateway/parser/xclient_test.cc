#include "smtp-gateway/parser/xclient.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

TEST(XclientTest, Parses) {
  const auto parsed = ParseXclient(
      "NAME=spike.porcupine.org ADDR=168.100.189.2 PORT=1025 PROTO=ESMTP HELO=spike+2Eexample "
      "DESTADDR=IPV6:2001:db8::1 DESTPORT=25 LOGIN=[UNAVAILABLE]");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->address->to_string(), "168.100.189.2");
  EXPECT_EQ(parsed->port, 1025);
  EXPECT_EQ(parsed->destination_address->to_string(), "2001:db8::1");
  EXPECT_EQ(parsed->destination_port, 25);
  EXPECT_EQ(parsed->hello, "spike.example");
  EXPECT_EQ(parsed->extended, true);
}

TEST(XclientTest, WhatIsUnavailableStays) {
  const auto parsed = ParseXclient("name=[UNAVAILABLE] addr=[tempunavail] helo=[UNAVAILABLE]");
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->address || parsed->hello || parsed->extended);
}

TEST(XclientTest, RefusesTheRest) {
  for (const char* bad :
       {"", "ADDR", "ADDR=", "ADDR=x", "ADDR=2001:db8::1", "ADDR=IPV6:192.0.2.1", "PORT=65536",
        "PORT=-1", "HELO=a+20b", "HELO=a+0Ab", "PROTO=HTTP", "LOGIN=alice@example.org", "FOO=1",
        "ADDR=192.0.2.1 ADDR=192.0.2.1", "ADDR=192.0.2.1+"}) {
    EXPECT_FALSE(ParseXclient(bad)) << bad;
  }
}

}  // namespace
}  // namespace posthorn::smtp
