#include "mailstore/storage/uid_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace posthorn::store {
namespace {

using testing::ElementsAre;

v1::UidSet Runs(const std::vector<uint32_t>& runs) {
  v1::UidSet set;
  set.mutable_runs()->Add(runs.begin(), runs.end());
  return set;
}

TEST(UidSetTest, EncodesRuns) {
  v1::UidSet set;
  EncodeUids({5, 6, 7, 10}, &set);
  EXPECT_THAT(set.runs(), ElementsAre(5, 2, 3, 0));
  v1::UidSet none;
  EncodeUids({}, &none);
  EXPECT_EQ(none.runs_size(), 0);
}

TEST(UidSetTest, PackedComesBack) {
  const std::vector<uint32_t> uids = {1, 2, 3, 200, 70'000, 70'001, 2'000'000'000, UINT32_MAX};
  EXPECT_EQ(UnpackUids(PackUids(uids)), uids);
  EXPECT_THAT(UnpackUids(PackUids({})), testing::IsEmpty());
  // Damage ends it.
  EXPECT_THAT(UnpackUids(std::string("\x05\x01\x80", 3)), ElementsAre(5, 6));
}

TEST(UidSetTest, IntersectsWithoutExpanding) {
  const auto all = UidRanges::Parse(Runs({1, UINT32_MAX - 1}));
  ASSERT_TRUE(all.ok());
  EXPECT_THAT(all->Intersect({3, 9, UINT32_MAX}), ElementsAre(3, 9, UINT32_MAX));
  const auto some = UidRanges::Parse(Runs({5, 2, 3, 0}));
  EXPECT_THAT(some->Intersect({1, 5, 7, 8, 10, 11}), ElementsAre(5, 7, 10));
  EXPECT_TRUE(some->Contains(6));
  EXPECT_FALSE(some->Contains(8));
  EXPECT_FALSE(some->Contains(11));
}

TEST(UidSetTest, ExpandsOnlyFew) {
  const auto some = UidRanges::Parse(Runs({5, 2, 3, 0}));
  EXPECT_EQ(some->Expand(4), std::vector<uint32_t>({5, 6, 7, 10}));
  EXPECT_EQ(some->Expand(3), std::nullopt);
  EXPECT_EQ(some->Expand(2), std::nullopt);
  EXPECT_EQ(UidRanges::Parse(Runs({1, UINT32_MAX - 1}))->Expand(1'000), std::nullopt);
  EXPECT_EQ(UidRanges::Parse(Runs({UINT32_MAX, 0}))->Expand(1),
            std::vector<uint32_t>({UINT32_MAX}));
  EXPECT_EQ(UidRanges::Parse(Runs({}))->Expand(0), std::vector<uint32_t>());
}

TEST(UidSetTest, RefusesWhatIsNoSet) {
  EXPECT_FALSE(UidRanges::Parse(Runs({1})).ok());
  EXPECT_FALSE(UidRanges::Parse(Runs({0, 1})).ok());
  EXPECT_FALSE(UidRanges::Parse(Runs({1, UINT32_MAX})).ok());
  EXPECT_FALSE(UidRanges::Parse(Runs({UINT32_MAX, 0, 1, 0})).ok());
}

}  // namespace
}  // namespace posthorn::store
