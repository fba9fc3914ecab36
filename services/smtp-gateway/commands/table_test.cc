#include "smtp-gateway/commands/table.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "smtp-gateway/commands/parameter_table.h"

namespace posthorn::smtp {
namespace {

TEST(CommandTableTest, RowsAreWhole) {
  std::set<std::string_view> verbs;
  for (const CommandRow& row : Commands()) {
    EXPECT_TRUE(verbs.insert(row.verb).second) << row.verb;
    EXPECT_EQ(absl::AsciiStrToUpper(absl::string_view(row.verb.data(), row.verb.size())), row.verb);
    EXPECT_TRUE(row.syntax.starts_with(row.verb)) << row.verb;
    EXPECT_TRUE(row.rfc.starts_with("RFC ")) << row.verb;
    EXPECT_NE(row.run, nullptr) << row.verb;
  }
  for (const RcptParameter& row : RcptParameters()) {
    EXPECT_TRUE(row.rfc.starts_with("RFC ")) << row.keyword;
    EXPECT_NE(row.apply, nullptr) << row.keyword;
  }
  for (const MailParameter& row : MailParameters()) {
    EXPECT_TRUE(row.rfc.starts_with("RFC ")) << row.keyword;
    EXPECT_NE(row.apply, nullptr) << row.keyword;
  }
}

// RFC 5321 4.5.1: the commands that every server has.
TEST(CommandTableTest, HasTheMinimum) {
  for (const char* verb :
       {"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY"}) {
    EXPECT_LT(FindCommand(verb), Commands().size()) << verb;
  }
  EXPECT_EQ(FindCommand("mail"), FindCommand("MAIL"));
  EXPECT_EQ(FindCommand("MAILX"), Commands().size());
  EXPECT_EQ(FindCommand(""), Commands().size());
}

}  // namespace
}  // namespace posthorn::smtp
