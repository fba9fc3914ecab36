#include "imap-gateway/session/foretold.h"

#include <gtest/gtest.h>

#include <memory>

namespace posthorn::imap {
namespace {

// A change of one message's flags.
ChangePtr Change(std::uint64_t since, std::uint64_t modseq, std::uint32_t uid,
                 std::uint32_t flags) {
  auto change = std::make_shared<v1::Change>();
  change->set_since_modseq(since);
  change->set_modseq(modseq);
  v1::FlagColumns& changed = *change->mutable_changed();
  changed.add_uids(uid);
  changed.add_flags(flags);
  changed.add_keywords(0);
  changed.add_modseqs(modseq);
  return change;
}

TEST(Foretold, LeadsFromWhatIsKnownToTheLast) {
  Foretold foretold;
  foretold.Add(Change(10, 11, 7, 1), 10);
  foretold.Add(Change(11, 13, 5, 2), 10);
  foretold.Add(Change(13, 14, 7, 3), 10);
  const auto state = foretold.Take(10, 14);
  ASSERT_TRUE(state.has_value());
  EXPECT_EQ(state->modseq, 14u);
  // Each message once: the older flags of one are no news.
  ASSERT_EQ(state->changed.uids_size(), 2);
  EXPECT_EQ(state->changed.uids(0), 5u);
  EXPECT_EQ(state->changed.uids(1), 7u);
  EXPECT_EQ(state->changed.flags(1), 3u);
  EXPECT_EQ(state->changed.modseqs(1), 14u);
  EXPECT_FALSE(foretold.Take(10, 14).has_value());
}

TEST(Foretold, TellsNothingIfSomethingIsMissing) {
  Foretold foretold;
  foretold.Add(Change(0, 11, 1, 1), 10);   // a hint
  foretold.Add(Change(11, 12, 1, 1), 10);  // what led to 11 is not known
  EXPECT_FALSE(foretold.Take(10, 11).has_value());
  foretold.Add(Change(10, 11, 1, 1), 10);
  EXPECT_FALSE(foretold.Take(10, 12).has_value());  // there is more
}

TEST(Foretold, LeavesOutWhatWasReadMeanwhile) {
  Foretold foretold;
  foretold.Add(Change(10, 11, 1, 1), 10);
  foretold.Add(Change(11, 12, 2, 1), 10);
  const auto state = foretold.Take(11, 12);
  ASSERT_TRUE(state.has_value());
  ASSERT_EQ(state->changed.uids_size(), 1);
  EXPECT_EQ(state->changed.uids(0), 2u);
  // Read up to the midst of a change, or beyond all.
  foretold.Add(Change(10, 13, 1, 1), 10);
  EXPECT_FALSE(foretold.Take(11, 13).has_value());
  foretold.Add(Change(10, 13, 1, 1), 10);
  EXPECT_FALSE(foretold.Take(13, 13).has_value());
}

TEST(Foretold, KeepsNoMoreThanAFew) {
  Foretold foretold;
  for (std::uint64_t modseq = 1; modseq <= 1000; ++modseq) {
    foretold.Add(Change(modseq, modseq + 1, 1, 1), 1);
  }
  EXPECT_FALSE(foretold.Take(1, 1001).has_value());
}

}  // namespace
}  // namespace posthorn::imap
