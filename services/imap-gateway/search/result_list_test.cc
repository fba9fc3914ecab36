#include "imap-gateway/search/result_list.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

ResultList Ten() { return ResultList({{1, 3}, {5, 6}, {10, 14}}); }

std::string Part(const ResultList& list, const PartialRange& range) {
  const ResultPositions positions = Locate(range, list.size());
  return list.Slice(positions.begin, positions.end).Format();
}

TEST(ResultList, SlicesAcrossRanges) {
  EXPECT_EQ(Ten().size(), 10u);
  EXPECT_EQ(Ten().Slice(0, 10).Format(), "1:3,5:6,10:14");
  EXPECT_EQ(Ten().Slice(2, 4).Format(), "3,5");
  EXPECT_EQ(Ten().Slice(9, 99).Format(), "14");
  EXPECT_EQ(Ten().Slice(10, 99).Format(), "");
  EXPECT_EQ(Ten().Slice(5, 3).Format(), "");
}

TEST(ResultList, PartialRangesCountFromEitherEnd) {
  EXPECT_EQ(Part(Ten(), {1, 4, false}), "1:3,5");
  EXPECT_EQ(Part(Ten(), {4, 1, false}), "1:3,5");
  EXPECT_EQ(Part(Ten(), {9, 500, false}), "13:14");
  EXPECT_EQ(Part(Ten(), {11, 12, false}), "");
  EXPECT_EQ(Part(Ten(), {1, 3, true}), "12:14");
  EXPECT_EQ(Part(Ten(), {3, 1, true}), "12:14");
  EXPECT_EQ(Part(Ten(), {10, 4000000000, true}), "1");
  EXPECT_EQ(Part(Ten(), {11, 12, true}), "");
  EXPECT_EQ(Part(ResultList(), {1, 1, true}), "");
}

TEST(ResultList, SortedKeepsItsOrderAndJoinsOnlyWhatAscends) {
  const ResultList list = ResultList::Sorted({9, 4, 5, 6, 2, 1});
  EXPECT_EQ(list.Format(), "9,4:6,2,1");
  EXPECT_EQ(list.front(), 9u);
  EXPECT_EQ(list.back(), 1u);
  EXPECT_EQ(list.Slice(1, 3).Format(), "4:5");
  EXPECT_EQ(FormatRanges(list.Ranges()), "1:2,4:6,9");
}

TEST(ResultList, SavesWhatTheReturnOptionsLeave) {
  SearchReturn returns;
  returns.save = true;
  const auto saved = [&returns] { return FormatRanges(SavedResult(returns, Ten())); };
  EXPECT_EQ(saved(), "1:3,5:6,10:14");
  returns.min = true;
  EXPECT_EQ(saved(), "1");
  returns.max = true;
  EXPECT_EQ(saved(), "1,14");
  returns.partial = PartialRange{2, 3, false};
  EXPECT_EQ(saved(), "1:3,14");
  returns.count = true;
  EXPECT_EQ(saved(), "1:3,5:6,10:14");
  EXPECT_EQ(FormatRanges(SavedResult(returns, ResultList())), "");
}

}  // namespace
}  // namespace posthorn::imap
