#include "mailstore/cache/mailbox_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

using testing::ElementsAre;

MessageRow Row(uint32_t uid, int64_t modseq, uint32_t flags = 0) {
  return {.uid = Uid(uid), .modseq = ModSeq(modseq), .blob = BlobId(uid), .flags = flags};
}

TEST(MailboxColumnsTest, UpsertAppendsChangesAndInserts) {
  MailboxColumns columns;
  columns.Replace({.highest_modseq = ModSeq(5)}, {Row(2, 3), Row(7, 4)});
  columns.Upsert({Row(7, 6, 1), Row(9, 6)});
  columns.Upsert({Row(4, 2)});
  EXPECT_THAT(columns.uids, ElementsAre(2, 4, 7, 9));
  EXPECT_THAT(columns.modseqs, ElementsAre(3, 2, 6, 6));
  EXPECT_THAT(columns.flags, ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(columns.blobs, ElementsAre(2, 4, 7, 9));
  EXPECT_EQ(columns.Find(7), 2u);
  EXPECT_EQ(columns.Find(8), 4u);
  EXPECT_EQ(columns.LowerBound(8), 3u);
}

TEST(MailboxColumnsTest, RemoveKeepsTheRestAndTheLog) {
  MailboxColumns columns;
  columns.Replace({.highest_modseq = ModSeq(5)}, {Row(1, 1), Row(2, 2), Row(3, 3), Row(4, 4)});
  columns.Remove(ModSeq(6), {1, 3, 99});
  EXPECT_THAT(columns.uids, ElementsAre(2, 4));
  EXPECT_THAT(columns.modseqs, ElementsAre(2, 4));
  ASSERT_EQ(columns.removals.size(), 1u);
  EXPECT_THAT(columns.removals[0].uids, ElementsAre(1, 3, 99));
  columns.Remove(ModSeq(7), {});
  EXPECT_EQ(columns.removals.size(), 1u);
  for (int i = 0; i < 2'000; ++i) {
    columns.Remove(ModSeq(8 + i), {1});
  }
  EXPECT_EQ(columns.removals.size(), 1'000u);
  EXPECT_EQ(columns.removals_since.value(), columns.removals.front().modseq.value() - 1);
}

}  // namespace
}  // namespace posthorn::store
