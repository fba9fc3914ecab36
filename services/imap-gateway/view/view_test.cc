#include "imap-gateway/view/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace posthorn::imap {
namespace {

using ::testing::ElementsAre;

TEST(View, MapsBothWays) {
  const View view({{5, 7}, {10, 10}, {20, 22}});
  EXPECT_EQ(view.size(), 7u);
  EXPECT_EQ(view.UidAt(1), 5u);
  EXPECT_EQ(view.UidAt(4), 10u);
  EXPECT_EQ(view.UidAt(7), 22u);
  EXPECT_EQ(view.last_uid(), 22u);
  EXPECT_EQ(view.SequenceNumberOf(21), 6u);
  EXPECT_EQ(view.SequenceNumberOf(8), std::nullopt);
  EXPECT_EQ(view.SequenceNumberOf(4), std::nullopt);
  EXPECT_EQ(view.SequenceNumberOf(23), std::nullopt);
  EXPECT_EQ(FormatRanges(view.UidsAt({{2, 5}, {7, 99}})), "6:7,10,20,22");
  EXPECT_EQ(FormatRanges(view.SequenceNumbersOf({{1, 6}, {9, 20}})), "1:2,4:5");
}

TEST(View, EmptyMailbox) {
  View view;
  EXPECT_EQ(view.last_uid(), 0u);
  EXPECT_TRUE(view.UidsAt({{1, 5}}).empty());
  EXPECT_TRUE(view.Remove({{1, 5}}).empty());
  EXPECT_EQ(view.Append({{3, 4}}), 2u);
  EXPECT_EQ(view.UidAt(2), 4u);
}

TEST(View, RemovalsCountEarlierOnes) {
  View view({{1, 10}});
  // RFC 3501 7.4.1's own example removes 3, 4, 7 and 11; here 3, 4, 7 and 9.
  EXPECT_THAT(view.Remove({{3, 4}, {7, 7}, {9, 9}, {50, 60}}), ElementsAre(3, 3, 5, 6));
  EXPECT_EQ(FormatRanges(view.Uids()), "1:2,5:6,8,10");
  EXPECT_EQ(view.size(), 6u);
  EXPECT_EQ(view.Append({{9, 12}}), 2u);
  EXPECT_EQ(FormatRanges(view.Uids()), "1:2,5:6,8,10:12");
}

TEST(View, SurvivesTheLastUid) {
  View view({{4294967294u, 4294967295u}});
  EXPECT_EQ(view.Append({{1, 4294967295u}}), 0u);
  EXPECT_THAT(view.Remove({{4294967295u, 4294967295u}}), ElementsAre(2));
  EXPECT_EQ(view.last_uid(), 4294967294u);
}

TEST(View, ACopyChangesByItself) {
  View view({{1, 3}, {5, 6}});
  View copy = view;
  EXPECT_TRUE(copy.SharesWith(view));
  EXPECT_EQ(copy.Append({{7, 8}}), 2u);
  EXPECT_FALSE(copy.SharesWith(view));
  EXPECT_THAT(view.Remove({{2, 2}}), ElementsAre(2));
  EXPECT_EQ(FormatRanges(view.Uids()), "1,3,5:6");
  EXPECT_EQ(FormatRanges(copy.Uids()), "1:3,5:8");
}

TEST(View, WhatChangesNothingIsNoChange) {
  View view({{1, 3}});
  View copy = view;
  EXPECT_EQ(copy.Append({{1, 3}}), 0u);
  EXPECT_TRUE(copy.Remove({{4, 9}}).empty());
  EXPECT_TRUE(copy.SharesWith(view));
}

TEST(View, AgreesWithAPlainVector) {
  std::mt19937 random(7);
  View view;
  std::vector<std::uint32_t> model;
  std::uint32_t next_uid = 1;
  for (int round = 0; round < 300; ++round) {
    NumberRanges added;
    for (int i = 0; i < 5; ++i) {
      next_uid += static_cast<std::uint32_t>(1 + random() % 3);
      const auto last = static_cast<std::uint32_t>(next_uid + random() % 4);
      added.push_back({next_uid, last});
      for (; next_uid <= last; ++next_uid) {
        model.push_back(next_uid);
      }
    }
    view.Append(added);
    NumberRanges removed;
    for (int i = 0; i < 4; ++i) {
      const auto first = static_cast<std::uint32_t>(1 + random() % next_uid);
      removed.push_back({first, static_cast<std::uint32_t>(first + random() % 5)});
    }
    removed = Normalize(std::move(removed));
    ASSERT_EQ(view.Known(removed), Intersect(view.Uids(), removed));
    for (const std::uint32_t number : view.Remove(removed)) {
      ASSERT_TRUE(Contains(removed, model.at(number - 1)));
      model.erase(model.begin() + number - 1);
    }
    ASSERT_EQ(view.size(), model.size());
    ASSERT_EQ(view.Uids(), RunsOf(model));
    for (std::uint32_t number = 1; number <= model.size(); number += 7) {
      ASSERT_EQ(view.UidAt(number), model[number - 1]);
      ASSERT_EQ(view.SequenceNumberOf(model[number - 1]), number);
    }
  }
}

}  // namespace
}  // namespace posthorn::imap
