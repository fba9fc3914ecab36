#include "pop3-gateway/protocol/command_line.h"

#include <string>

#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

TEST(CommandLine, KeywordIsUpperCasedAndArgumentsAreKept) {
  auto command = ParseCommandLine("pass two  words ");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->keyword, "PASS");
  EXPECT_EQ(command->arguments, "two  words ");
}

TEST(CommandLine, WithoutArguments) {
  auto command = ParseCommandLine("QuIt");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->keyword, "QUIT");
  EXPECT_EQ(command->arguments, "");
}

TEST(CommandLine, KeywordOfThreeLetters) {
  auto command = ParseCommandLine("TOP 1 2");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->keyword, "TOP");
  EXPECT_EQ(command->arguments, "1 2");
}

TEST(CommandLine, OctetsOverAsciiPass) {
  auto command = ParseCommandLine("PASS gr\xc3\xbc\xc3\x9f");
  ASSERT_TRUE(command.ok());
  EXPECT_EQ(command->arguments, "gr\xc3\xbc\xc3\x9f");
}

TEST(CommandLine, Refused) {
  for (const std::string& line :
       {std::string(), std::string(" STAT"), std::string("GO"), std::string("HELLO"),
        std::string("STAT\t1"), std::string("STAT\r"), std::string("PASS a\0b", 8),
        std::string(300, 'A')}) {
    EXPECT_FALSE(ParseCommandLine(line).ok()) << line;
  }
}

}  // namespace
}  // namespace posthorn::pop3
