#include "smtp-gateway/store/recipient_cache.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

using std::chrono::milliseconds;

v1::ResolveRecipientResponse Accounts(std::initializer_list<uint64_t> ids) {
  v1::ResolveRecipientResponse answer;
  answer.mutable_account_ids()->Add(ids.begin(), ids.end());
  return answer;
}

TEST(RecipientCacheTest, ForgetsAfterItsLifetime) {
  RecipientCache cache(milliseconds(1000), 10);
  const RecipientCache::Clock::time_point now{};
  EXPECT_FALSE(cache.Find("a@b.example", now));
  v1::ResolveRecipientResponse answer = Accounts({1, 2});
  answer.add_forwards("c@d.example");
  cache.Insert("a@b.example", answer, now);
  const auto found = cache.Find("a@b.example", now + milliseconds(999));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->SerializeAsString(), answer.SerializeAsString());
  EXPECT_FALSE(cache.Find("a@b.example", now + milliseconds(1000)));
}

TEST(RecipientCacheTest, StaysWithinItsCapacity) {
  RecipientCache cache(milliseconds(1000), 2);
  const RecipientCache::Clock::time_point now{};
  cache.Insert("a@b.example", Accounts({1}), now);
  cache.Insert("b@b.example", Accounts({2}), now);
  cache.Insert("c@b.example", Accounts({3}), now);
  EXPECT_FALSE(cache.Find("a@b.example", now));
  EXPECT_TRUE(cache.Find("c@b.example", now));
}

}  // namespace
}  // namespace posthorn::smtp
