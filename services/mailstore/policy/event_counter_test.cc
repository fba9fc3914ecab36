#include "mailstore/policy/event_counter.h"

#include <gtest/gtest.h>

#include "absl/container/flat_hash_map.h"

namespace posthorn::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The table, and the clock of all.
class EventCounterTest : public testing::Test {
 protected:
  // Counts, and writes what is to be written.
  size_t Count(EventCounter& counter, const std::vector<EventWrite>& events) {
    const std::vector<EventWrite> writes = counter.Count(events, now_);
    std::vector<EventTotal> totals;
    const int64_t unix_seconds = 1'000'000 + (now_ - start_) / seconds(1);
    for (const EventWrite& write : writes) {
      const int64_t period = write.key.period_seconds;
      EventTotal& row = table_[write.key];
      row.key = write.key;
      row.n = row.started_at == unix_seconds / period * period ? row.n + write.n : write.n;
      row.started_at = unix_seconds / period * period;
      row.seconds_left = row.started_at + period - unix_seconds;
      totals.push_back(row);
    }
    counter.Learn(writes, totals, now_);
    return writes.size();
  }
  uint64_t Total(EventCounter& counter, const EventKey& key) { return counter.Total(key, now_); }

  const EventCounter::TimePoint start_{std::chrono::hours(1)};
  EventCounter::TimePoint now_ = start_;
  absl::flat_hash_map<EventKey, EventTotal> table_;
};

const EventKey kKey{"messages/ip/192.0.2.1", 3'600};

TEST_F(EventCounterTest, AKeyIsWrittenAtFirstAndThenOnceASecond) {
  EventCounter counter;
  EXPECT_EQ(Count(counter, {{kKey, 1}}), 1u);
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(Count(counter, {{kKey, 2}}), 0u);
  }
  EXPECT_EQ(Total(counter, kKey), 101u);
  EXPECT_EQ(table_[kKey].n, 1u);
  now_ += EventCounter::kWriteEvery;
  EXPECT_EQ(Count(counter, {{kKey, 1}}), 1u);
  EXPECT_EQ(table_[kKey].n, 102u);
  EXPECT_EQ(Total(counter, kKey), 102u);
}

TEST_F(EventCounterTest, ReplicasHearOfEachOther) {
  EventCounter one, other;
  Count(one, {{kKey, 10}});
  Count(other, {{kKey, 1}});
  EXPECT_EQ(Total(other, kKey), 11u);
  now_ += EventCounter::kWriteEvery;
  Count(other, {{kKey, 5}});
  EXPECT_EQ(Total(one, kKey), 10u);  // a second behind
  now_ += EventCounter::kWriteEvery;
  Count(one, {{kKey, 1}});
  EXPECT_EQ(Total(one, kKey), 17u);
}

TEST_F(EventCounterTest, APeriodEnds) {
  EventCounter counter;
  Count(counter, {{kKey, 10}});
  const int64_t left = table_[kKey].seconds_left;
  ASSERT_GT(left, 1);
  now_ += seconds(left) - milliseconds(1);
  EXPECT_EQ(Total(counter, kKey), 10u);
  now_ += milliseconds(1);
  EXPECT_EQ(Total(counter, kKey), 0u);
  EXPECT_FALSE(counter.Knows(kKey, now_));
  EXPECT_EQ(Count(counter, {{kKey, 1}}), 1u);
  EXPECT_EQ(Total(counter, kKey), 1u);
  EXPECT_EQ(table_[kKey].n, 1u);
}

TEST_F(EventCounterTest, AKeyTwiceInACallIsWrittenOnce) {
  EventCounter counter;
  EXPECT_EQ(Count(counter, {{kKey, 1}, {kKey, 2}, {{kKey.key, 60}, 4}}), 2u);
  EXPECT_EQ(table_[kKey].n, 3u);
}

TEST_F(EventCounterTest, AskingWritesNothingOfAKnownKey) {
  EventCounter counter;
  EXPECT_EQ(Count(counter, {{kKey, 0}}), 1u);
  EXPECT_TRUE(counter.Knows(kKey, now_));
  now_ += EventCounter::kWriteEvery;
  EXPECT_EQ(Count(counter, {{kKey, 0}}), 0u);
}

TEST_F(EventCounterTest, WhatIsNotWrittenIsDueAgain) {
  EventCounter counter;
  Count(counter, {{kKey, 1}});
  now_ += EventCounter::kWriteEvery;
  const std::vector<EventWrite> failed = counter.Count(std::vector<EventWrite>{{kKey, 5}}, now_);
  ASSERT_EQ(failed.size(), 1u);
  counter.PutBack(failed);
  EXPECT_EQ(Total(counter, kKey), 6u);
  now_ += EventCounter::kWriteEvery;
  Count(counter, {{kKey, 1}});
  EXPECT_EQ(table_[kKey].n, 7u);
  EXPECT_EQ(Total(counter, kKey), 7u);
}

TEST_F(EventCounterTest, KeepsSoManyKeysAndMakesRoomWhenPeriodsEnd) {
  EventCounter counter(100);
  for (int i = 0; i < 150; ++i) {
    EXPECT_EQ(Count(counter, {{{std::to_string(i), 60}, 1}}), 1u);
  }
  EXPECT_TRUE(counter.Knows({"99", 60}, now_));
  EXPECT_FALSE(counter.Knows({"100", 60}, now_));
  EXPECT_EQ(Count(counter, {{{"149", 60}, 1}}), 1u);
  EXPECT_EQ((table_[{"149", 60}].n), 2u);  // in the table all the same
  Count(counter, {{{"0", 60}, 1}});        // dirty when it is swept away
  now_ += seconds(60);
  Count(counter, {{{"149", 60}, 1}});
  EXPECT_TRUE(counter.Knows({"149", 60}, now_));
  EXPECT_FALSE(counter.Knows({"0", 60}, now_));
}

}  // namespace
}  // namespace posthorn::store
