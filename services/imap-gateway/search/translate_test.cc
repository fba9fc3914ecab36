#include "imap-gateway/search/translate.h"

#include <gtest/gtest.h>

#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

const NumberRanges kRecentUids = {{30, 31}};

View SampleView() { return View({{10, 12}, {20, 20}, {30, 31}}); }

SearchArguments Parse(absl::string_view text) {
  Scanner scanner(text);
  SearchArguments arguments = ParseSearch(scanner);
  EXPECT_TRUE(scanner.ok() && scanner.AtEnd()) << text;
  return arguments;
}

absl::StatusOr<v1::SearchKey> Translate(absl::string_view text) {
  return TranslateSearch(Parse(text), SampleView(), kRecentUids);
}

TEST(TranslateSearch, NumbersBecomeUidsOfTheView) {
  const auto key = Translate("2:4 UID 1:25 RECENT");
  ASSERT_TRUE(key.ok());
  ASSERT_EQ(key->all_of().keys_size(), 3);
  EXPECT_EQ(FormatRanges(FromProto(key->all_of().keys(0).uids())), "11:12,20");
  EXPECT_EQ(FormatRanges(FromProto(key->all_of().keys(1).uids())), "10:12,20");
  EXPECT_EQ(FormatRanges(FromProto(key->all_of().keys(2).uids())), "30:31");
  // RFC 7377 2: beyond the end there is nothing, which is no error in a search.
  const auto beyond = Translate("4:99");
  ASSERT_TRUE(beyond.ok());
  EXPECT_EQ(FormatRanges(FromProto(beyond->all_of().keys(0).uids())), "20,30:31");
}

TEST(TranslateSearch, FlagsSizesAndText) {
  const auto key = Translate("UNSEEN LARGER 10 SUBJECT \"caf\xc3\xa9\"");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(key->all_of().keys(0).none_of().flags().set(), 1u);
  EXPECT_EQ(key->all_of().keys(1).size().larger(), 10u);
  EXPECT_FALSE(key->all_of().keys(1).size().has_smaller());
  EXPECT_EQ(key->all_of().keys(2).header().name(), "Subject");
  EXPECT_EQ(key->all_of().keys(2).header().value(), "café");
}

TEST(TranslateSearch, DatesAreHalfOpenDays) {
  const auto key = Translate("ON 2-Jan-1970 SENTBEFORE 3-Jan-1970 SINCE 2-Jan-1970");
  ASSERT_TRUE(key.ok());
  const auto& on = key->all_of().keys(0).days();
  EXPECT_EQ(on.from_day(), 1);
  EXPECT_EQ(on.before_day(), 2);
  EXPECT_FALSE(on.sent());
  const auto& before = key->all_of().keys(1).days();
  EXPECT_EQ(before.from_day(), 0);
  EXPECT_EQ(before.before_day(), 2);
  EXPECT_TRUE(before.sent());
  EXPECT_EQ(key->all_of().keys(2).days().before_day(), 0);
}

TEST(TranslateSearch, Charsets) {
  const auto latin = Translate("CHARSET ISO-8859-1 TEXT {1}\r\n\xe9");
  ASSERT_TRUE(latin.ok());
  EXPECT_EQ(latin->all_of().keys(0).text(), "é");
  EXPECT_TRUE(absl::IsUnimplemented(Translate("CHARSET no-such-charset SEEN").status()));
  EXPECT_TRUE(absl::IsUnimplemented(Translate("CHARSET UTF-8 TEXT {1}\r\n\xe9").status()));
  EXPECT_TRUE(absl::IsUnimplemented(Translate("TEXT {1}\r\n\xe9").status()));
}

TEST(SearchByNumbers, AnswersWhatNeedsNoStore) {
  const auto find = [](absl::string_view text) -> std::string {
    const auto found = SearchByNumbers(Parse(text).key, SampleView(), kRecentUids);
    return found ? FormatRanges(*found) : "ask";
  };
  EXPECT_EQ(find("ALL"), "10:12,20,30:31");
  EXPECT_EQ(find("UID 11:20"), "11:12,20");
  EXPECT_EQ(find("NOT UID 11:20"), "10,30:31");
  EXPECT_EQ(find("NOT ALL"), "");
  EXPECT_EQ(find("OR 1 6"), "10,31");
  EXPECT_EQ(find("OLD"), "10:12,20");
  EXPECT_EQ(find("1:3 SEEN"), "ask");
}

TEST(SearchedUids, AreThoseThatNumbersLeave) {
  const auto searched = [](absl::string_view text) {
    return FormatRanges(SearchedUids(Parse(text).key, SampleView(), kRecentUids));
  };
  EXPECT_EQ(searched("ALL"), "10:12,20,30:31");
  EXPECT_EQ(searched("SEEN"), "10:12,20,30:31");
  EXPECT_EQ(searched("SEEN UID 11:20 NOT DELETED"), "11:12,20");
  EXPECT_EQ(searched("SEEN (UIDBEFORE 30 (UIDAFTER 10 DELETED))"), "11:12,20");
  EXPECT_EQ(searched("NEW 1:5"), "30");
  EXPECT_EQ(searched("OR SEEN UID 11"), "10:12,20,30:31");
  EXPECT_EQ(searched("UIDAFTER 31 SEEN"), "");
}

}  // namespace
}  // namespace posthorn::imap
