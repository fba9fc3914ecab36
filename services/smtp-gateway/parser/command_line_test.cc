#include "smtp-gateway/parser/command_line.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

TEST(FindLineTest, FindsLinesThatEndInCrLf) {
  const LineResult result = FindLine("NOOP\r\nQUIT\r\n", 100);
  EXPECT_EQ(result.status, LineStatus::kLine);
  EXPECT_EQ(result.line, "NOOP");
}

TEST(FindLineTest, WaitsForTheRestOfALine) {
  EXPECT_EQ(FindLine("", 100).status, LineStatus::kIncomplete);
  EXPECT_EQ(FindLine("NOO", 100).status, LineStatus::kIncomplete);
  EXPECT_EQ(FindLine("NOOP\r", 100).status, LineStatus::kIncomplete);
}

TEST(FindLineTest, RefusesBareLineEnds) {
  EXPECT_EQ(FindLine("NOOP\nQUIT\r\n", 100).status, LineStatus::kBareLineEnd);
  EXPECT_EQ(FindLine("NO\rOP\r\n", 100).status, LineStatus::kBareLineEnd);
  EXPECT_EQ(FindLine("NOOP\r\r\n", 100).status, LineStatus::kBareLineEnd);
  EXPECT_EQ(FindLine("\n", 100).status, LineStatus::kBareLineEnd);
}

TEST(FindLineTest, LimitCountsTheLineEnd) {
  EXPECT_EQ(FindLine("12345678\r\n", 10).status, LineStatus::kLine);
  EXPECT_EQ(FindLine("123456789\r\n", 10).status, LineStatus::kTooLong);
  EXPECT_EQ(FindLine(std::string(10, 'x'), 10).status, LineStatus::kTooLong);
  EXPECT_EQ(FindLine(std::string(9, 'x'), 10).status, LineStatus::kIncomplete);
}

TEST(ParseCommandLineTest, SplitsVerbAndArguments) {
  CommandLine command;
  ASSERT_TRUE(ParseCommandLine("mail FROM:<a@b.example> SIZE=1  ", &command));
  EXPECT_EQ(command.verb, "mail");
  EXPECT_EQ(command.arguments, "FROM:<a@b.example> SIZE=1");
  ASSERT_TRUE(ParseCommandLine("QUIT \t", &command));
  EXPECT_EQ(command.verb, "QUIT");
  EXPECT_EQ(command.arguments, "");
}

TEST(ParseCommandLineTest, RefusesWhatIsNoCommand) {
  CommandLine command;
  EXPECT_FALSE(ParseCommandLine("", &command));
  EXPECT_FALSE(ParseCommandLine(" NOOP", &command));
  EXPECT_FALSE(ParseCommandLine("\x16\x03\x01", &command));
  EXPECT_FALSE(ParseCommandLine(std::string_view("NOOP a\0b", 8), &command));
  EXPECT_FALSE(ParseCommandLine("NOOP \x7f", &command));
}

TEST(ConsumeKeywordTest, IgnoresCaseAndToleratesSpaces) {
  std::string_view arguments = "from: <a@b.example>";
  ASSERT_TRUE(ConsumeKeyword("FROM:", &arguments));
  EXPECT_EQ(arguments, "<a@b.example>");
  EXPECT_FALSE(ConsumeKeyword("TO:", &arguments));
  std::string_view shorter = "TO";
  EXPECT_FALSE(ConsumeKeyword("TO:", &shorter));
}

}  // namespace
}  // namespace posthorn::smtp
