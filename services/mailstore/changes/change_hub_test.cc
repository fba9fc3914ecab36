#include "mailstore/changes/change_hub.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

constexpr MailboxKey kMailbox{AccountId(1), kInbox};

MessageRow Row(uint32_t uid) {
  MessageRow row;
  row.uid = Uid(uid);
  return row;
}

// A change of flags that is told whole.
MailboxChange Whole(int64_t since, int64_t modseq, uint32_t first, uint32_t last) {
  MailboxChange change{kMailbox, ModSeq(modseq), ModSeq(since), {}};
  for (uint32_t uid = first; uid <= last; ++uid) {
    change.changed.push_back(Row(uid));
  }
  return change;
}

TEST(MailboxChange, GoesOnWithTheNextOne) {
  MailboxChange change = Whole(10, 11, 1, 1);
  change.Extend(Whole(11, 14, 5, 6));
  EXPECT_EQ(change.since, ModSeq(10));
  EXPECT_EQ(change.modseq, ModSeq(14));
  ASSERT_EQ(change.changed.size(), 3u);
  EXPECT_EQ(change.changed[2].uid, Uid(6));
}

TEST(MailboxChange, IsAHintIfSomethingIsMissing) {
  const MailboxChange hint{kMailbox, ModSeq(12), ModSeq(0), {}};
  for (const MailboxChange& next : {Whole(12, 13, 5, 5), hint, Whole(10, 11, 5, 5)}) {
    MailboxChange change = Whole(10, 11, 1, 1);
    change.Extend(next);
    EXPECT_EQ(change.since, ModSeq(0));
    EXPECT_EQ(change.modseq, std::max(ModSeq(11), next.modseq));
    EXPECT_TRUE(change.changed.empty());
    // And remains one.
    change.Extend(Whole(change.modseq.value(), 20, 5, 5));
    EXPECT_EQ(change.since, ModSeq(0));
    EXPECT_EQ(change.modseq, ModSeq(20));
  }
}

TEST(MailboxChange, IsAHintIfItGrowsLong) {
  MailboxChange change = Whole(10, 11, 1, MailboxChange::kMostChanged);
  change.Extend(Whole(11, 12, 1, 1));
  EXPECT_EQ(change.since, ModSeq(0));
  EXPECT_TRUE(change.changed.empty());
}

}  // namespace
}  // namespace posthorn::store
