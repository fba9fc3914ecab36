#include "mailstore/auth/success_cache.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

TEST(SuccessCache, RemembersExactlyWhatSucceeded) {
  SuccessCache cache(10, absl::Minutes(5));
  EXPECT_FALSE(cache.Contains(1, "record", "secret", kNow));
  cache.Insert(1, "record", "secret", kNow);
  EXPECT_TRUE(cache.Contains(1, "record", "secret", kNow));
  EXPECT_FALSE(cache.Contains(2, "record", "secret", kNow));
  EXPECT_FALSE(cache.Contains(1, "record", "secreT", kNow));
  EXPECT_FALSE(cache.Contains(1, "new record", "secret", kNow)) << "the password was changed";
}

TEST(SuccessCache, FieldsDoNotRunTogether) {
  SuccessCache cache(10, absl::Minutes(5));
  cache.Insert(1, "recordx", "secret", kNow);
  EXPECT_FALSE(cache.Contains(1, "record", "xsecret", kNow));
}

TEST(SuccessCache, Forgets) {
  SuccessCache cache(10, absl::Minutes(5));
  cache.Insert(1, "record", "secret", kNow);
  EXPECT_TRUE(cache.Contains(1, "record", "secret", kNow + absl::Seconds(299)));
  EXPECT_FALSE(cache.Contains(1, "record", "secret", kNow + absl::Minutes(5)));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(SuccessCache, UseDoesNotProlongButInsertDoes) {
  SuccessCache cache(10, absl::Minutes(5));
  cache.Insert(1, "record", "secret", kNow);
  cache.Insert(1, "record", "secret", kNow + absl::Minutes(4));
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_TRUE(cache.Contains(1, "record", "secret", kNow + absl::Minutes(8)));
  EXPECT_FALSE(cache.Contains(1, "record", "secret", kNow + absl::Minutes(9)));
}

TEST(SuccessCache, TheLeastRecentlyUsedLeavesFirst) {
  SuccessCache cache(2, absl::Minutes(5));
  cache.Insert(1, "r", "s", kNow);
  cache.Insert(2, "r", "s", kNow);
  EXPECT_TRUE(cache.Contains(1, "r", "s", kNow));
  cache.Insert(3, "r", "s", kNow);
  EXPECT_EQ(cache.size(), 2u);
  EXPECT_TRUE(cache.Contains(1, "r", "s", kNow));
  EXPECT_FALSE(cache.Contains(2, "r", "s", kNow));
  EXPECT_TRUE(cache.Contains(3, "r", "s", kNow));
}

}  // namespace
}  // namespace posthorn::store
