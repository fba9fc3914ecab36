#include "pop3-gateway/maildrop/read_ahead_plan.h"

#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Maildrop SameSize(uint32_t messages, uint64_t octets) {
  std::vector<uint32_t> uids(messages);
  std::iota(uids.begin(), uids.end(), 1);
  return Maildrop(UidValidity{1}, uids, std::vector<uint64_t>(messages, octets));
}

TEST(ReadAheadPlan, GrowsWhileInOrder) {
  const Maildrop maildrop = SameSize(1000, 100);
  ReadAheadPlan plan;
  EXPECT_THAT(plan.NextBatch(maildrop, 1), ElementsAre(1));
  EXPECT_THAT(plan.NextBatch(maildrop, 2), ElementsAre(2, 3, 4, 5));
  EXPECT_THAT(plan.NextBatch(maildrop, 6), SizeIs(16));
  EXPECT_THAT(plan.NextBatch(maildrop, 22), SizeIs(64));
  EXPECT_THAT(plan.NextBatch(maildrop, 86), SizeIs(128));
  EXPECT_THAT(plan.NextBatch(maildrop, 214), SizeIs(128));
  plan.Restart();
  EXPECT_THAT(plan.NextBatch(maildrop, 500), ElementsAre(500));
}

TEST(ReadAheadPlan, BoundedInOctets) {
  const Maildrop maildrop = SameSize(1000, 100 * 1024);
  ReadAheadPlan plan;
  plan.NextBatch(maildrop, 1);
  plan.NextBatch(maildrop, 1);
  plan.NextBatch(maildrop, 1);
  EXPECT_THAT(plan.NextBatch(maildrop, 1), SizeIs(2));
}

TEST(ReadAheadPlan, LargeMessageIsAlone) {
  const Maildrop maildrop(UidValidity{1}, {1, 2, 3, 4}, {10, 50 << 20, 10, 10});
  ReadAheadPlan plan;
  plan.NextBatch(maildrop, 1);
  EXPECT_THAT(plan.NextBatch(maildrop, 1), ElementsAre(1));
  EXPECT_THAT(plan.NextBatch(maildrop, 2), ElementsAre(2));
  EXPECT_THAT(plan.NextBatch(maildrop, 3), ElementsAre(3, 4));
}

TEST(ReadAheadPlan, SkipsDeleted) {
  Maildrop maildrop = SameSize(6, 10);
  maildrop.Delete(2);
  maildrop.Delete(4);
  ReadAheadPlan plan;
  plan.NextBatch(maildrop, 1);
  EXPECT_THAT(plan.NextBatch(maildrop, 2), ElementsAre(3, 5, 6));
  EXPECT_THAT(plan.NextBatch(maildrop, 7), IsEmpty());
}

}  // namespace
}  // namespace posthorn::pop3
