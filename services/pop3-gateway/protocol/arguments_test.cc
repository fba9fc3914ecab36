#include "pop3-gateway/protocol/arguments.h"

#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

TEST(Arguments, NothingToleratesTrailingSpaces) {
  EXPECT_TRUE(ParseNothing("").ok());
  EXPECT_TRUE(ParseNothing("  ").ok());
  EXPECT_FALSE(ParseNothing("x").ok());
}

TEST(Arguments, OptionalMessage) {
  EXPECT_EQ(ParseOptionalMessage("").value().message, 0u);
  EXPECT_EQ(ParseOptionalMessage("7 ").value().message, 7u);
  EXPECT_FALSE(ParseOptionalMessage("7 8").ok());
}

TEST(Arguments, MessageNumbers) {
  EXPECT_EQ(ParseMessage("1").value().message, 1u);
  EXPECT_EQ(ParseMessage("007").value().message, 7u);
  EXPECT_EQ(ParseMessage("4294967295").value().message, 4294967295u);
  // No maildrop has so many.
  EXPECT_EQ(ParseMessage("18446744073709551617").value().message, 4294967295u);
  for (const char* text : {"", "0", "000", "-1", "+1", "1x", "0x1", "1 2", "eins", "1.0"}) {
    EXPECT_FALSE(ParseMessage(text).ok()) << text;
  }
}

TEST(Arguments, MessageAndLines) {
  auto arguments = ParseMessageAndLines("3 0");
  ASSERT_TRUE(arguments.ok());
  EXPECT_EQ(arguments->message, 3u);
  EXPECT_EQ(arguments->lines, 0u);
  EXPECT_EQ(ParseMessageAndLines("3 99999999999").value().lines, 4294967295u);
  for (const char* text : {"", "3", "3 -1", "0 1", "3 1 1", "3 x"}) {
    EXPECT_FALSE(ParseMessageAndLines(text).ok()) << text;
  }
}

TEST(Arguments, TextKeepsSpaces) {
  EXPECT_EQ(ParseText(" a b ").value().text, " a b ");
  EXPECT_FALSE(ParseText("").ok());
}

TEST(Arguments, Sasl) {
  EXPECT_EQ(ParseSasl("").value().text, "");
  EXPECT_EQ(ParseSasl("PLAIN").value().text, "PLAIN");
  EXPECT_FALSE(ParseSasl("PLAIN").value().initial_response.has_value());
  EXPECT_EQ(ParseSasl("PLAIN AGEAYg==").value().initial_response, "AGEAYg==");
  EXPECT_EQ(ParseSasl("PLAIN =").value().initial_response, "=");
  EXPECT_FALSE(ParseSasl("PLAIN a b").ok());
}

}  // namespace
}  // namespace posthorn::pop3
