#include "imap-gateway/parser/scanner.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

std::string Astring(absl::string_view text) {
  Scanner scanner(text);
  std::string value = scanner.Astring();
  scanner.End();
  return scanner.ok() ? value : "error";
}

TEST(Scanner, AstringIsAtomQuotedOrLiteral) {
  EXPECT_EQ(Astring("INBOX"), "INBOX");
  EXPECT_EQ(Astring("a]b"), "a]b");
  EXPECT_EQ(Astring(R"("a \"b\" \\")"), R"(a "b" \)");
  EXPECT_EQ(Astring("{5}\r\na\r\nb "), "a\r\nb ");
  EXPECT_EQ(Astring("{0}\r\n"), "");
  EXPECT_EQ(Astring("{3+}\r\nabc"), "abc");
}

TEST(Scanner, NilIsTextWhereAnAstringIsExpected) {
  EXPECT_EQ(Astring("NIL"), "NIL");
  Scanner scanner("NIL");
  EXPECT_EQ(scanner.Nstring(), std::nullopt);
  Scanner longer("\"NIL\"");
  EXPECT_EQ(longer.Nstring(), "NIL");
}

TEST(Scanner, RefusesWhatTheGrammarExcludes) {
  EXPECT_EQ(Astring(""), "error");
  EXPECT_EQ(Astring("a(b"), "error");
  EXPECT_EQ(Astring("a%"), "error");
  EXPECT_EQ(Astring("caf\xc3\xa9"), "error");
  EXPECT_EQ(Astring("\"open"), "error");
  EXPECT_EQ(Astring(R"("bad \n escape")"), "error");
  EXPECT_EQ(Astring(absl::string_view("\"nul \0\"", 7)), "error");
  EXPECT_EQ(Astring("{5}\r\nabc"), "error");
  EXPECT_EQ(Astring("{5}abcde"), "error");
  EXPECT_EQ(Astring("{-1}\r\n"), "error");
  EXPECT_EQ(Astring("{18446744073709551621}\r\nhello"), "error");
  EXPECT_EQ(Astring(absl::string_view("{1}\r\n\0", 6)), "error");
}

TEST(Scanner, NumbersAreBounded) {
  const auto number = [](absl::string_view text) {
    Scanner scanner(text);
    const std::uint32_t value = scanner.Number();
    return scanner.ok() ? absl::StrCat(value) : "error";
  };
  EXPECT_EQ(number("0"), "0");
  EXPECT_EQ(number("4294967295"), "4294967295");
  EXPECT_EQ(number("4294967296"), "error");
  EXPECT_EQ(number("99999999999999999999999"), "error");
  EXPECT_EQ(number("-1"), "error");
  EXPECT_EQ(number(""), "error");
}

TEST(Scanner, WordsEndAtTheirEnd) {
  Scanner scanner("uid fetch");
  EXPECT_FALSE(scanner.TrySkipWord("UI"));
  EXPECT_TRUE(scanner.TrySkipWord("UID"));
  scanner.Space();
  EXPECT_TRUE(scanner.TrySkipWord("FETCH"));
  EXPECT_TRUE(scanner.AtEnd());
}

TEST(Scanner, FirstErrorStays) {
  Scanner scanner("x");
  scanner.Fail("first");
  scanner.Fail("second");
  EXPECT_EQ(scanner.status().message(), "first");
  EXPECT_EQ(scanner.Astring(), "");
  EXPECT_EQ(scanner.position(), 0u);
}

TEST(Scanner, TagsExcludePlus) {
  Scanner plus("a+b");
  EXPECT_EQ(plus.Tag(), "a");
  Scanner edge("]x.1-! noop");
  EXPECT_EQ(edge.Tag(), "]x.1-!");
}

}  // namespace
}  // namespace posthorn::imap
