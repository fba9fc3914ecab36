#include "imap-gateway/parser/fetch_attributes.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/response/section_label.h"

namespace posthorn::imap {
namespace {

// Kinds as numbers, body items as their labels ("PEEK " before those that do not set \Seen).
std::string Items(absl::string_view text) {
  Scanner scanner(text);
  std::vector<std::string> names;
  for (const FetchItem& item : ParseFetchItems(scanner)) {
    std::string name;
    if (item.ReadsBody()) {
      AppendSectionLabel(name, item);
      names.push_back(absl::StrCat(item.SetsSeen() ? "" : "PEEK ", name));
    } else {
      names.push_back(absl::StrCat(static_cast<int>(item.kind)));
    }
  }
  scanner.End();
  return scanner.ok() ? absl::StrJoin(names, ",") : "error";
}

TEST(FetchItems, MacrosAndPlainNames) {
  EXPECT_EQ(Items("FAST"), "1,2,3");
  EXPECT_EQ(Items("ALL"), "1,2,3,4");
  EXPECT_EQ(Items("full"), "1,2,3,4,5");
  EXPECT_EQ(Items("(UID FLAGS uid)"), "0,1");
  EXPECT_EQ(Items("(BODY BODYSTRUCTURE)"), "5,6");
  EXPECT_EQ(Items("(ALL)"), "error");
  EXPECT_EQ(Items("()"), "error");
  EXPECT_EQ(Items("(FLAGS"), "error");
  EXPECT_EQ(Items("XYZ"), "error");
}

TEST(FetchItems, Sections) {
  EXPECT_EQ(Items("BODY[]"), "BODY[]");
  EXPECT_EQ(Items("BODY.PEEK[]<0.65536>"), "PEEK BODY[]<0>");
  EXPECT_EQ(Items("BODY[1.2.MIME]"), "BODY[1.2.MIME]");
  EXPECT_EQ(Items("BODY[3]"), "BODY[3]");
  EXPECT_EQ(Items("BODY[2.HEADER.FIELDS (From \"To\")]"), "BODY[2.HEADER.FIELDS (From To)]");
  EXPECT_EQ(Items("(BODY[HEADER] BODY[TEXT])"), "BODY[HEADER],BODY[TEXT]");
  EXPECT_EQ(Items("BODY[HEADER.FIELDS.NOT ({4}\r\nDate)]"), "BODY[HEADER.FIELDS.NOT (Date)]");
  EXPECT_EQ(Items("(RFC822 RFC822.HEADER RFC822.TEXT RFC822.SIZE)"),
            "RFC822,PEEK RFC822.HEADER,RFC822.TEXT,3");
}

TEST(FetchItems, RefusesBadSections) {
  for (const char* text : {"BODY[0]", "BODY[1.]", "BODY[1.0]", "BODY[MIME]", "BODY[]<0.0>",
                           "BODY[]<0>", "BODY[]<-1.5>", "BODY.PEEK", "BODY[HEADER.FIELDS]",
                           "BODY[HEADER.FIELDS ()]", "BODY[X]", "BODY[1 2]", "BODY[",
                           "BODY[HEADER.FIELDS (\"a\r\nb\")]", "BODY[HEADER.FIELDS (\"a b\")]"}) {
    EXPECT_EQ(Items(text), "error") << text;
  }
}

TEST(FetchItems, LargeOffsetsParse) {
  Scanner scanner("BODY[]<4294967296.4294967295>");
  const std::vector<FetchItem> items = ParseFetchItems(scanner);
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].partial, (Partial{4294967296, 4294967295}));
}

TEST(FetchItems, CountIsBounded) {
  std::string text = "(";
  for (int i = 1; i <= 201; ++i) {
    absl::StrAppend(&text, i == 1 ? "" : " ", "BODY[", i, "]");
  }
  EXPECT_EQ(Items(absl::StrCat(text, ")")), "error");
}

TEST(FetchModifiers, ChangedSinceAndVanished) {
  const auto parse = [](absl::string_view text) -> std::optional<FetchArguments> {
    Scanner scanner(text);
    FetchArguments arguments = ParseFetch(scanner);
    scanner.End();
    return scanner.ok() ? std::optional(std::move(arguments)) : std::nullopt;
  };
  const auto changed = parse("1:* FLAGS (CHANGEDSINCE 7)");
  ASSERT_TRUE(changed);
  EXPECT_EQ(changed->changed_since, 7u);
  EXPECT_FALSE(changed->vanished);
  // RFC 7162 3.1.4.1: as if MODSEQ had been asked for.
  ASSERT_EQ(changed->items.size(), 2u);
  EXPECT_EQ(changed->items[1].kind, FetchItem::Kind::kModSeq);
  EXPECT_EQ(parse("1 MODSEQ (CHANGEDSINCE 7)")->items.size(), 1u);
  EXPECT_TRUE(parse("1 FLAGS (vanished changedsince 7)")->vanished);
  for (const char* text :
       {"1 FLAGS ()", "1 FLAGS (VANISHED)", "1 FLAGS (CHANGEDSINCE)", "1 FLAGS (OTHER)",
        "1 FLAGS (CHANGEDSINCE 1 CHANGEDSINCE 2)", "1 FLAGS (CHANGEDSINCE 1", "1 FLAGS "}) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

}  // namespace
}  // namespace posthorn::imap
