#include "mailstore/outbound/scan_floors.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posthorn::store {
namespace {

using std::chrono::seconds;
using Found = std::vector<ScanFloors::Found>;

constexpr int64_t kNow = 1'000'000;
constexpr int64_t kSettled = kNow - 5'000;

class ScanFloorsTest : public ::testing::Test {
 protected:
  ScanFloors::Scan Begin(int second = 0, const std::string& site = "a") {
    return floors_.Begin(site, start_ + seconds(second));
  }
  int64_t From(int priority, int second = 0) { return Begin(second).from[9 - priority]; }

  const ScanFloors::Clock::time_point start_ = ScanFloors::Clock::now();
  ScanFloors floors_{60'000};
};

TEST_F(ScanFloorsTest, TheFirstLookIsAtTheWholeAndThenOneALease) {
  EXPECT_TRUE(Begin().whole);
  EXPECT_FALSE(Begin(59).whole);
  EXPECT_TRUE(Begin(60).whole);
  EXPECT_FALSE(Begin(119).whole);
  EXPECT_TRUE(Begin(61, "b").whole);
}

TEST_F(ScanFloorsTest, ALookGoesOnWhereTheLastOneEnded) {
  const auto scan = Begin();
  floors_.Learn("a", scan, Found{{0, 100}, {0, 300}, {0, 200}}, /*spent=*/false, kNow);
  EXPECT_EQ(From(0), 300);
  EXPECT_EQ(From(1), kSettled) << "of higher priority there was nothing";
  EXPECT_EQ(From(-1), 0) << "nobody has looked yet";
}

TEST_F(ScanFloorsTest, PrioritiesAreLookedAtFromTheHighestOn) {
  floors_.Learn("a", Begin(), Found{{5, 900}, {0, 100}}, false, kNow);
  EXPECT_EQ(From(5), kSettled);
  EXPECT_EQ(From(0), 100);
}

TEST_F(ScanFloorsTest, WhatCameInTheLastSecondsIsLookedForAgain) {
  floors_.Learn("a", Begin(), Found{{0, kNow - 1}}, false, kNow);
  EXPECT_EQ(From(0), kSettled);
}

TEST_F(ScanFloorsTest, ASpentSiteHasNothingBelow) {
  floors_.Learn("a", Begin(), Found{{0, 100}}, true, kNow);
  for (int priority = -9; priority <= 9; ++priority) {
    EXPECT_EQ(From(priority), kSettled);
  }
}

TEST_F(ScanFloorsTest, WhatALookAtTheWholeFindsIsNotPassedOver) {
  const auto before = Begin();
  floors_.Learn("a", before, Found{{0, 500}}, false, kNow);
  const auto whole = Begin(60);
  EXPECT_EQ(whole.from[9], 0);
  floors_.Learn("a", whole, Found{{0, 50}}, false, kNow);
  // One that began before knows nothing of it.
  floors_.Learn("a", before, Found{{0, 600}}, false, kNow);
  EXPECT_EQ(From(0, 61), 50);
}

TEST_F(ScanFloorsTest, SitesBeyondTheMostAreForgotten) {
  floors_.Learn("a", Begin(), Found{{0, 500}}, false, kNow);
  for (int i = 0; i < 10'000; ++i) {
    Begin(0, std::to_string(i));
  }
  EXPECT_TRUE(Begin().whole);
}

}  // namespace
}  // namespace posthorn::store
