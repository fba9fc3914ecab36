#include "smtp-gateway/client/reply.h"

#include <gtest/gtest.h>

namespace posthorn::client {
namespace {

TEST(ReplyParser, TakesAllLines) {
  ReplyParser parser;
  EXPECT_FALSE(*parser.AddLine("250-first\r\n"));
  EXPECT_FALSE(*parser.AddLine("250-\r\n"));
  EXPECT_TRUE(*parser.AddLine("250 last\n"));
  const Reply reply = parser.TakeReply();
  EXPECT_EQ(reply.code, 250);
  EXPECT_EQ(reply.lines, (std::vector<std::string>{"first", "", "last"}));
  EXPECT_TRUE(*parser.AddLine("354\r\n"));
  EXPECT_EQ(parser.TakeReply().Text(), "354 ");
}

TEST(ReplyParser, RefusesWhatIsNone) {
  for (const char* line : {"", "\r\n", "25\r\n", "2x0 ok\r\n", "150 ok\r\n", "650 ok\r\n",
                           "250ok\r\n", "HTTP/1.1 200 OK\r\n"}) {
    EXPECT_FALSE(ReplyParser().AddLine(line).ok()) << line;
  }
  ReplyParser parser;
  EXPECT_TRUE(parser.AddLine("250-a\r\n").ok());
  EXPECT_FALSE(parser.AddLine("550 b\r\n").ok());
}

TEST(ReplyParser, IsBounded) {
  EXPECT_FALSE(ReplyParser().AddLine("250 " + std::string(ReplyParser::kMaxLine, 'x')).ok());
  ReplyParser lines;
  size_t taken = 0;
  while (lines.AddLine("250-x\r\n").ok()) {
    ++taken;
  }
  EXPECT_EQ(taken, ReplyParser::kMaxLines);
  ReplyParser octets;
  taken = 0;
  while (octets.AddLine("250-" + std::string(4000, 'x')).ok()) {
    ++taken;
  }
  EXPECT_EQ(taken, ReplyParser::kMaxOctets / 4004);
}

TEST(Reply, HasAStatusCode) {
  EXPECT_EQ((Reply{550, {"5.1.1 no such user"}}.StatusCode()), "5.1.1");
  EXPECT_EQ((Reply{550, {"5.1.1"}}.StatusCode()), "5.1.1");
  EXPECT_EQ((Reply{550, {"4.1.1 of another class"}}.StatusCode()), "5.0.0");
  EXPECT_EQ((Reply{550, {"5.1 short"}}.StatusCode()), "5.0.0");
  EXPECT_EQ((Reply{550, {"5.1.1000 long"}}.StatusCode()), "5.0.0");
  EXPECT_EQ((Reply{451, {"later"}}.StatusCode()), "4.0.0");
  EXPECT_EQ((Reply{354, {"go on"}}.StatusCode()), "4.0.0");
  EXPECT_EQ((Reply{250, {}}.StatusCode()), "2.0.0");
}

TEST(Printable, HasNoControlsAndIsUtf8) {
  EXPECT_EQ(Printable("a\r\nb\tc\x7f\x1b"), "a??b c??");
  EXPECT_EQ(Printable("gr\xC3\xBC\xC3\x9F \xFF\xC3"), "gr\xC3\xBC\xC3\x9F ??");
  EXPECT_EQ(Printable("\xC2\x9B\xED\xA0\x80\xC0\x80"), "??????");
  EXPECT_EQ(Printable("\xC3\xBC\xC3\xBC", 3), "\xC3\xBC");
}

}  // namespace
}  // namespace posthorn::client
