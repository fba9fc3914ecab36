// XCLIENT: who may use it, and what it changes.
#include <gmock/gmock.h>

#include <string>

#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class XclientTest : public SessionFixture {
 protected:
  void Allow() { server_.xclient_networks = *net::NetworkList::Parse("127.0.0.1"); }
};

TEST_F(XclientTest, ChangesTheClient) {
  Allow();
  Hello();
  EXPECT_THAT(Ask("EHLO client.example"),
              HasSubstr("XCLIENT NAME ADDR PORT PROTO HELO DESTADDR DESTPORT"));
  EXPECT_THAT(Ask("XCLIENT ADDR=IPV6:2001:db8::7 NAME=[UNAVAILABLE]"), StartsWith("220 "));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.net>"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("XCLIENT ADDR=192.0.2.7 HELO=other.example PROTO=SMTP"), StartsWith("220 "));
  Ask("MAIL FROM:<bob@example.net>");
  Ask("RCPT TO:<alice@example.org>");
  EXPECT_THAT(SendData("x\r\n.\r\n"), StartsWith("250 "));
  End();
  EXPECT_THAT(store_.delivered[0].message, HasSubstr("from other.example ([192.0.2.7])"));
  EXPECT_THAT(store_.delivered[0].message, HasSubstr(" with SMTP id "));
}

TEST_F(XclientTest, IsForTheListedOnly) {
  Hello();
  EXPECT_THAT(Ask("EHLO client.example"), Not(HasSubstr("XCLIENT")));
  EXPECT_THAT(Ask("XCLIENT ADDR=192.0.2.7"), StartsWith("550 5.7.0"));
}

TEST_F(XclientTest, IsStrict) {
  Allow();
  Hello();
  EXPECT_THAT(Ask("XCLIENT ADDR=x"), StartsWith("501 5.5.4"));
  EXPECT_THAT(Ask("XCLIENT LOGIN=alice@example.org"), StartsWith("501 5.5.4"));
  Ask("MAIL FROM:<bob@example.net>");
  EXPECT_THAT(Ask("XCLIENT ADDR=192.0.2.7"), StartsWith("503 5.5.1"));
}

TEST_F(XclientTest, ForgetsTheLogin) {
  Allow();
  Login();
  EXPECT_THAT(Ask("XCLIENT NAME=x"), StartsWith("220 "));
  Ask("EHLO client.example");
  EXPECT_THAT(Ask("MAIL FROM:<alice@example.org>"), StartsWith("530 5.7.0"));
}

}  // namespace
}  // namespace posthorn::smtp
