#include "imap-gateway/search/search_context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace posthorn::imap {
namespace {

using Uids = std::vector<std::uint32_t>;

// What a client does with the steps (RFC 5267 4.3.3, 4.3.4).
Uids Follow(Uids list, const ContextSteps& steps) {
  for (const ContextStep& step : steps.removed) {
    for (const std::uint32_t uid : step.results) {
      EXPECT_EQ(list.at(step.position - 1), uid);
      list.erase(list.begin() + static_cast<std::ptrdiff_t>(step.position) - 1);
    }
  }
  for (const ContextStep& step : steps.added) {
    EXPECT_LE(step.position, list.size() + 1);
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(step.position) - 1, step.results.begin(),
                step.results.end());
  }
  return list;
}

TEST(SearchContext, StepsAreRunsWithPositions) {
  const ContextSteps steps = StepsBetween({5, 1, 2, 9, 4}, {7, 5, 9, 3, 8});
  ASSERT_EQ(steps.removed.size(), 2u);
  EXPECT_EQ(steps.removed[0].position, 2u);
  EXPECT_EQ(steps.removed[0].results, (Uids{1, 2}));
  EXPECT_EQ(steps.removed[1].position, 3u);
  ASSERT_EQ(steps.added.size(), 2u);
  EXPECT_EQ(steps.added[0].position, 1u);
  EXPECT_EQ(steps.added[1].position, 4u);
  EXPECT_EQ(steps.added[1].results, (Uids{3, 8}));
  EXPECT_TRUE(StepsBetween({1, 2}, {1, 2}).removed.empty());
}

TEST(SearchContext, AClientThatFollowsTheStepsHasTheResult) {
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    const auto some = [&random] {
      Uids all(12);
      for (std::uint32_t i = 0; i < all.size(); ++i) {
        all[i] = i + 1;
      }
      if (random() % 4 == 0) {
        std::shuffle(all.begin(), all.end(), random);
      }
      Uids kept;
      for (const std::uint32_t uid : all) {
        if (random() % 2 == 0) {
          kept.push_back(uid);
        }
      }
      return kept;
    };
    const Uids before = some();
    const Uids after = some();
    EXPECT_EQ(Follow(before, StepsBetween(before, after)), after);
  }
}

}  // namespace
}  // namespace posthorn::imap
