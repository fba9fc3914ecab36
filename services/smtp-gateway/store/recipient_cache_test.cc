#include "smtp-gateway/store/recipient_cache.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

using std::chrono::milliseconds;

TEST(RecipientCacheTest, ForgetsAfterItsLifetime) {
  RecipientCache cache(milliseconds(1000), 10);
  const RecipientCache::Clock::time_point now{};
  EXPECT_FALSE(cache.Find("a@b.example", now));
  cache.Insert("a@b.example", {1, 2}, now);
  EXPECT_EQ(cache.Find("a@b.example", now + milliseconds(999)), (std::vector<uint64_t>{1, 2}));
  EXPECT_FALSE(cache.Find("a@b.example", now + milliseconds(1000)));
}

TEST(RecipientCacheTest, StaysWithinItsCapacity) {
  RecipientCache cache(milliseconds(1000), 2);
  const RecipientCache::Clock::time_point now{};
  cache.Insert("a@b.example", {1}, now);
  cache.Insert("b@b.example", {2}, now);
  cache.Insert("c@b.example", {3}, now);
  EXPECT_FALSE(cache.Find("a@b.example", now));
  EXPECT_TRUE(cache.Find("c@b.example", now));
}

}  // namespace
}  // namespace posthorn::smtp
