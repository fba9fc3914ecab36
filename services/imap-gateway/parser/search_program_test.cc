#include "imap-gateway/parser/search_program.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace posthorn::imap {
namespace {

std::string Show(const SearchKey& key) {
  const auto children = [&key] {
    return absl::StrJoin(key.children, " ", [](std::string* out, const SearchKey& child) {
      absl::StrAppend(out, Show(child));
    });
  };
  switch (key.kind) {
    case SearchKey::Kind::kAllOf:
      return absl::StrCat("and(", children(), ")");
    case SearchKey::Kind::kAnyOf:
      return absl::StrCat("or(", children(), ")");
    case SearchKey::Kind::kNot:
      return absl::StrCat("!", children());
    case SearchKey::Kind::kSequence:
      return absl::StrCat("#", FormatRanges(key.set.Resolve(99)));
    case SearchKey::Kind::kUid:
      return absl::StrCat("uid", FormatRanges(key.set.Resolve(99)));
    case SearchKey::Kind::kFlag:
      return absl::StrCat("flag", key.number);
    case SearchKey::Kind::kRecent:
      return "recent";
    case SearchKey::Kind::kHeader:
      return absl::StrCat(key.name, "=", key.text);
    case SearchKey::Kind::kLarger:
      return absl::StrCat(">", key.number);
    default:
      return absl::StrCat("k", static_cast<int>(key.kind), key.text,
                          key.date == Date() ? "" : absl::StrCat(DaysSinceEpoch(key.date)));
  }
}

std::string Parse(absl::string_view text) {
  Scanner scanner(text);
  const SearchArguments arguments = ParseSearch(scanner);
  scanner.End();
  return scanner.ok() ? absl::StrCat(arguments.charset, Show(arguments.key)) : "error";
}

TEST(Search, Keys) {
  EXPECT_EQ(Parse("ALL"), "and(and())");
  EXPECT_EQ(Parse("UNSEEN DELETED"), "and(!flag1 flag8)");
  EXPECT_EQ(Parse("new old"), "and(and(recent !flag1) !recent)");
  EXPECT_EQ(Parse("FROM alice SUBJECT \"a b\""), "and(From=alice Subject=a b)");
  EXPECT_EQ(Parse("HEADER X-Spam \"\""), "and(X-Spam=)");
  EXPECT_EQ(Parse("2:4,* UID 5:7"), "and(#2:4,99 uid5:7)");
  EXPECT_EQ(Parse("LARGER 1000 KEYWORD $Work"), "and(>1000 k7$Work)");
  EXPECT_EQ(Parse("SINCE 2-Jan-1970"), "and(k101)");
  EXPECT_EQ(Parse("CHARSET UTF-8 TEXT {4}\r\n\xc3\xa9\xc3\xa8"), "UTF-8and(k18\xc3\xa9\xc3\xa8)");
}

TEST(Search, NotOrAndGroups) {
  EXPECT_EQ(Parse("NOT SEEN"), "and(!flag1)");
  EXPECT_EQ(Parse("NOT NOT SEEN"), "and(flag1)");
  EXPECT_EQ(Parse("OR SEEN DRAFT"), "and(or(flag1 flag16))");
  EXPECT_EQ(Parse("OR SEEN OR DRAFT FLAGGED"), "and(or(flag1 flag16 flag4))");
  EXPECT_EQ(Parse("OR OR SEEN DRAFT FLAGGED"), "and(or(or(flag1 flag16) flag4))");
  EXPECT_EQ(Parse("NOT OR SEEN DRAFT"), "and(!or(flag1 flag16))");
  EXPECT_EQ(Parse("(SEEN (DRAFT)) 1"), "and(and(flag1 and(flag16)) #1)");
}

TEST(Search, Errors) {
  for (const char* text : {"", "FOO", "SEEN ", "OR SEEN", "NOT", "(SEEN", "()", "0", "LARGER x",
                           "SINCE 31-Feb-2000", "HEADER a", "KEYWORD \\Seen", "CHARSET", "SEEN)"}) {
    EXPECT_EQ(Parse(text), "error") << text;
  }
}

TEST(Search, DepthAndSizeAreBounded) {
  const auto nested = [](int depth) {
    return absl::StrCat(std::string(depth, '('), "SEEN", std::string(depth, ')'));
  };
  EXPECT_NE(Parse(nested(kMaxSearchDepth)), "error");
  EXPECT_EQ(Parse(nested(kMaxSearchDepth + 1)), "error");
  EXPECT_EQ(Parse(std::string(60000, '(')), "error");
  std::string ors;
  std::string nots;
  std::string both;
  for (int i = 0; i < 20000; ++i) {
    ors += "OR ";
    nots += "NOT ";
    both += "NOT OR ";
  }
  EXPECT_EQ(Parse(ors), "error");
  EXPECT_EQ(Parse(both), "error");
  EXPECT_EQ(Parse(absl::StrCat(nots, "SEEN")), "and(flag1)");
  std::string chain;
  for (int i = 0; i < 500; ++i) {
    chain += "OR SEEN ";
  }
  EXPECT_NE(Parse(absl::StrCat(chain, "DRAFT")), "error");
}

}  // namespace
}  // namespace posthorn::imap
