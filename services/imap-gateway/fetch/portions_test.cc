#include "imap-gateway/fetch/portions.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace posthorn::imap {
namespace {

const NumberRanges kUids = {{1, 2}, {5, 9}, {UINT32_MAX - 1, UINT32_MAX}};

std::vector<std::string> All(Portions::Order order, std::size_t count) {
  Portions portions(kUids, order);
  std::vector<std::string> all;
  while (!portions.empty()) {
    all.push_back(FormatRanges(portions.Take(count)));
  }
  EXPECT_TRUE(portions.Take(count).empty());
  return all;
}

using Strings = std::vector<std::string>;

TEST(Portions, FromTheLowestUp) {
  EXPECT_EQ(All(Portions::Order::kUp, 4), (Strings{"1:2,5:6", "7:9,4294967294", "4294967295"}));
  EXPECT_EQ(All(Portions::Order::kUp, 100), (Strings{"1:2,5:9,4294967294:4294967295"}));
}

TEST(Portions, FromTheHighestDown) {
  EXPECT_EQ(All(Portions::Order::kDown, 4), (Strings{"8:9,4294967294:4294967295", "2,5:7", "1"}));
  EXPECT_EQ(All(Portions::Order::kDown, 100), (Strings{"1:2,5:9,4294967294:4294967295"}));
}

TEST(Portions, OfNothing) { EXPECT_TRUE(Portions({}, Portions::Order::kDown).empty()); }

}  // namespace
}  // namespace posthorn::imap
