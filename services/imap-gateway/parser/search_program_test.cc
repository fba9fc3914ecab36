#include "imap-gateway/parser/search_program.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/parser/sort_arguments.h"

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
    case SearchKey::Kind::kText:
      return absl::StrCat("text=", key.text);
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
  EXPECT_EQ(Parse("CHARSET UTF-8 TEXT {4}\r\n\xc3\xa9\xc3\xa8"), "UTF-8and(text=\xc3\xa9\xc3\xa8)");
}

// RFC 9738 3.2.
TEST(Search, UidsOnOneSideOfAnother) {
  EXPECT_EQ(Parse("UIDAFTER 7 uidbefore 3"), "and(uid8:4294967295 uid1:2)");
  EXPECT_EQ(Parse("UIDAFTER 4294967295 UIDBEFORE 1"), "and(uid uid)");
  for (const char* text : {"UIDAFTER 0", "UIDBEFORE 0", "UIDAFTER *", "UIDAFTER 1:2",
                           "UIDBEFORE 1,2", "UIDBEFORE $", "UIDAFTER"}) {
    EXPECT_EQ(Parse(text), "error") << text;
  }
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

TEST(SearchProgram, ModSeq) {
  const auto parse = [](absl::string_view text) -> std::optional<SearchKey> {
    Scanner scanner(text);
    SearchArguments arguments = ParseSearch(scanner);
    scanner.End();
    return scanner.ok() ? std::optional(std::move(arguments.key)) : std::nullopt;
  };
  const auto plain = parse("SEEN NOT (MODSEQ 620162338)");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(HasKey(*plain, SearchKey::Kind::kModSeq));
  EXPECT_FALSE(HasKey(*parse("SEEN"), SearchKey::Kind::kModSeq));
  const auto entry = parse("MODSEQ \"/flags/\\\\draft\" all 7");
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->children[0].number, 7u);
  EXPECT_TRUE(parse("MODSEQ 0"));
  for (const char* text : {"MODSEQ", "MODSEQ x", "MODSEQ \"/flags/x\" 7",
                           "MODSEQ \"/other/x\" all 7", "MODSEQ \"/flags/x\" mine 7"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

TEST(SearchProgram, NamesNumbers) {
  const auto names = [](absl::string_view text) {
    Scanner scanner(text);
    return HasKey(ParseSearch(scanner).key, SearchKey::Kind::kSequence);
  };
  EXPECT_TRUE(names("1:3"));
  EXPECT_TRUE(names("OR SEEN (DRAFT 7)"));
  EXPECT_FALSE(names("UID 1:3 LARGER 7"));
}

// ---- what SEARCH is to return, SORT and THREAD

SearchReturn Returns(absl::string_view text, bool ok = true) {
  Scanner scanner(text);
  const SearchArguments arguments = ParseSearch(scanner);
  scanner.End();
  EXPECT_EQ(scanner.ok(), ok) << text;
  return arguments.returns;
}

TEST(SearchReturn, Options) {
  EXPECT_FALSE(Returns("ALL").given);
  const SearchReturn all = Returns("RETURN () CHARSET UTF-8 UNSEEN");
  EXPECT_TRUE(all.given && all.all && !all.min);
  const SearchReturn some = Returns("return (min MAX Count save) 1:*");
  EXPECT_TRUE(some.min && some.max && some.count && some.save && !some.all);
  EXPECT_FALSE(Returns("RETURN (SAVE) ALL").all);
  const SearchReturn partial = Returns("RETURN (PARTIAL -100:-1 UPDATE CONTEXT) ALL");
  EXPECT_TRUE(partial.partial->from_end && partial.update && partial.context);
  EXPECT_EQ(partial.partial->first, 100u);
  for (const char* bad :
       {"RETURN ALL ALL", "RETURN (MIN", "RETURN (XYZZY) ALL", "RETURN (PARTIAL 1:2 ALL) ALL",
        "RETURN (PARTIAL 0:2) ALL", "RETURN (PARTIAL -1:2) ALL", "RETURN (PARTIAL 1) ALL",
        "RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL", "RETURN ()", "RETURN () "}) {
    Returns(bad, false);
  }
}

TEST(SearchProgram, SavedResultWhereASetMayStand) {
  Scanner scanner("$ UID $ NOT $");
  const SearchKey key = ParseSearchKeys(scanner);
  scanner.End();
  ASSERT_TRUE(scanner.ok());
  EXPECT_TRUE(key.children[0].set.saved());
  EXPECT_TRUE(key.children[1].set.saved());
  EXPECT_TRUE(key.children[2].children[0].set.saved());
  Scanner mixed("$,3");
  ParseSequenceSet(mixed);
  mixed.End();
  EXPECT_FALSE(mixed.ok());
}

TEST(SearchProgram, WithinAndFuzzy) {
  Scanner scanner("YOUNGER 60 NOT FUZZY (SUBJECT a OR FUZZY BODY b OLDER 7)");
  const SearchKey key = ParseSearchKeys(scanner);
  scanner.End();
  ASSERT_TRUE(scanner.ok());
  EXPECT_EQ(key.children[0].kind, SearchKey::Kind::kYounger);
  EXPECT_EQ(key.children[0].number, 60u);
  EXPECT_EQ(key.children[1].children[0].kind, SearchKey::Kind::kFuzzy);
  EXPECT_TRUE(HasKey(key, SearchKey::Kind::kOlder));
  EXPECT_FALSE(HasKey(key, SearchKey::Kind::kText));
  for (const char* bad : {"YOUNGER 0", "OLDER", "OLDER -1", "FUZZY", "FUZZY NOT"}) {
    Scanner wrong(bad);
    ParseSearchKeys(wrong);
    EXPECT_FALSE(wrong.ok()) << bad;
  }
}

TEST(SortArguments, CriteriaCharsetAndKeys) {
  Scanner scanner("RETURN (ALL) (REVERSE DATE SUBJECT displayfrom) UTF-8 SINCE 1-Feb-1994");
  const SortArguments arguments = ParseSort(scanner);
  scanner.End();
  ASSERT_TRUE(scanner.ok()) << scanner.status();
  ASSERT_EQ(arguments.criteria.size(), 3u);
  EXPECT_TRUE(arguments.criteria[0].reverse);
  EXPECT_EQ(arguments.criteria[0].field, SortField::kDate);
  EXPECT_EQ(arguments.criteria[2].field, SortField::kDisplayFrom);
  EXPECT_EQ(arguments.search.charset, "UTF-8");
  for (const char* bad : {"() UTF-8 ALL", "(DATE) ALL", "(REVERSE) UTF-8 ALL",
                          "(SIZE XYZZY) UTF-8 ALL", "DATE UTF-8 ALL"}) {
    Scanner wrong(bad);
    ParseSort(wrong);
    wrong.End();
    EXPECT_FALSE(wrong.ok()) << bad;
  }
}

TEST(ThreadArguments, Algorithms) {
  Scanner scanner("references utf-8 ALL");
  EXPECT_EQ(ParseThread(scanner).algorithm, ThreadAlgorithm::kReferences);
  EXPECT_TRUE(scanner.ok());
  Scanner refs("REFS US-ASCII SEEN");
  EXPECT_EQ(ParseThread(refs).algorithm, ThreadAlgorithm::kRefs);
  Scanner wrong("JWZ UTF-8 ALL");
  ParseThread(wrong);
  EXPECT_FALSE(wrong.ok());
}

}  // namespace
}  // namespace posthorn::imap
