#include "imap-gateway/parser/select_arguments.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

std::optional<SelectArguments> Parse(absl::string_view text) {
  Scanner scanner(text);
  SelectArguments arguments = ParseSelect(scanner);
  scanner.End();
  return scanner.ok() ? std::optional(std::move(arguments)) : std::nullopt;
}

TEST(SelectArguments, WithoutParameters) {
  const auto arguments = Parse("INBOX");
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->mailbox, "INBOX");
  EXPECT_FALSE(arguments->condstore);
  EXPECT_FALSE(arguments->resync);
}

TEST(SelectArguments, Condstore) {
  const auto arguments = Parse("\"a b\" (condstore)");
  ASSERT_TRUE(arguments);
  EXPECT_TRUE(arguments->condstore);
}

TEST(SelectArguments, ResyncInAllItsForms) {
  const auto plain = Parse("x (QRESYNC (67890007 20050715194045000))");
  ASSERT_TRUE(plain && plain->resync);
  EXPECT_EQ(plain->resync->uidvalidity, 67890007U);
  EXPECT_EQ(plain->resync->modseq, 20050715194045000U);
  EXPECT_FALSE(plain->resync->known_uids);

  const auto known = Parse("x (CONDSTORE QRESYNC (1 2 214:541,41:211))");
  ASSERT_TRUE(known && known->resync && known->resync->known_uids);
  EXPECT_EQ(FormatRanges(*known->resync->known_uids), "41:211,214:541");

  const auto match = Parse("x (QRESYNC (1 2 1:9 (1:2,5 3:4,9)))");
  ASSERT_TRUE(match && match->resync);
  EXPECT_EQ(FormatRanges(match->resync->match_numbers), "1:2,5");
  EXPECT_EQ(FormatRanges(match->resync->match_uids), "3:4,9");

  EXPECT_TRUE(Parse("x (QRESYNC (1 2 (1 3)))"));
}

TEST(SelectArguments, WhatIsMalformed) {
  for (const absl::string_view text :
       {"x ", "x ()", "x (CONDSTORE", "x (CONDSTORE CONDSTORE)", "x (UNKNOWN)", "x (QRESYNC)",
        "x (QRESYNC ())", "x (QRESYNC (1))", "x (QRESYNC (0 1))", "x (QRESYNC (1 0))",
        "x (QRESYNC (1 2 *))", "x (QRESYNC (1 2 1:*))", "x (QRESYNC (1 2 1 (1)))",
        "x (QRESYNC (1 2 1 (1:2 5)))", "x (QRESYNC (1 2) QRESYNC (1 2))",
        "x (QRESYNC (1 9223372036854775808))"}) {
    EXPECT_FALSE(Parse(text)) << text;
  }
}

}  // namespace
}  // namespace posthorn::imap
