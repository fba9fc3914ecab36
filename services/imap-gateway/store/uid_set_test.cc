#include "imap-gateway/store/uid_set.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

TEST(UidSet, RoundTrips) {
  const NumberRanges uids = {{5, 7}, {10, 10}, {4294967295u, 4294967295u}};
  const v1::UidSet set = ToProto(uids);
  EXPECT_EQ(set.runs_size(), 6);
  EXPECT_EQ(set.runs(0), 5u);
  EXPECT_EQ(set.runs(1), 2u);
  EXPECT_EQ(set.runs(2), 3u);
  EXPECT_EQ(set.runs(3), 0u);
  EXPECT_EQ(FromProto(set), uids);
  EXPECT_TRUE(FromProto(v1::UidSet()).empty());
}

TEST(UidSet, CutsOffWhatIsMalformed) {
  v1::UidSet set;
  for (const std::uint32_t run : {5u, 0u, 4294967295u, 4294967295u, 1u}) {
    set.add_runs(run);
  }
  EXPECT_EQ(FormatRanges(FromProto(set)), "5");
  v1::UidSet zero;
  zero.add_runs(0);
  zero.add_runs(3);
  EXPECT_TRUE(FromProto(zero).empty());
}

}  // namespace
}  // namespace posthorn::imap
