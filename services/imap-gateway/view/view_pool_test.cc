#include "imap-gateway/view/view_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <thread>
#include <vector>

namespace posthorn::imap {
namespace {

constexpr ViewPool::Mailbox kMailbox{7, 1};
constexpr std::uint32_t kMillion = 1'000'000;

NumberRanges EverySecond(std::uint32_t count) {
  NumberRanges uids;
  for (std::uint32_t i = 0; i < count; ++i) {
    uids.push_back({2 * i + 1, 2 * i + 1});
  }
  return uids;
}

// What the views of so many sessions of one mailbox hold together.
std::vector<View> Sessions(ViewPool& pool, std::size_t count, const NumberRanges& uids) {
  std::vector<View> views;
  for (std::size_t i = 0; i < count; ++i) {
    views.emplace_back(uids);
    pool.Share(kMailbox, views.back());
  }
  return views;
}

std::size_t MemoryOf(const std::vector<View>& views) {
  std::size_t octets = 0;
  for (auto view = views.begin(); view != views.end(); ++view) {
    const bool counted = std::any_of(
        views.begin(), view, [&view](const View& other) { return other.SharesWith(*view); });
    octets += counted ? 0 : view->memory();
  }
  return octets;
}

TEST(ViewPool, AMillionMessagesWithoutGapsCostNextToNothing) {
  ViewPool pool;
  const std::vector<View> views = Sessions(pool, 100, {{1, kMillion}});
  EXPECT_LE(MemoryOf(views), 100u * 64);
}

TEST(ViewPool, AMillionMessagesWithGapsAreHeldOnceByAHundredSessions) {
  ViewPool pool;
  std::vector<View> views = Sessions(pool, 100, EverySecond(kMillion));
  EXPECT_LE(MemoryOf(views), std::size_t{8} * kMillion);
  // All are told of a message that came, one session after the other.
  for (View& view : views) {
    EXPECT_EQ(view.Append({{2 * kMillion, 2 * kMillion}}), 1u);
    pool.Share(kMailbox, view);
  }
  EXPECT_LE(MemoryOf(views), std::size_t{9} * kMillion);
}

TEST(ViewPool, OneSessionSeesNoChangeOfAnother) {
  ViewPool pool;
  std::vector<View> views = Sessions(pool, 3, EverySecond(100));
  EXPECT_TRUE(views[0].SharesWith(views[2]));
  views[1].Append({{300, 309}});
  views[2].Remove({{1, 1}});
  EXPECT_EQ(views[0].Uids(), EverySecond(100));
  EXPECT_EQ(views[1].size(), 110u);
  EXPECT_EQ(views[2].SequenceNumberOf(3), 1u);
  EXPECT_EQ(views[0].SequenceNumberOf(3), 2u);
}

TEST(ViewPool, SessionsThatFallApartMeetAgain) {
  ViewPool pool;
  std::vector<View> views = Sessions(pool, 3, EverySecond(100));
  for (const std::size_t early : {0, 1}) {
    views[early].Append({{300, 300}});
    pool.Share(kMailbox, views[early]);
  }
  EXPECT_TRUE(views[0].SharesWith(views[1]));
  EXPECT_FALSE(views[0].SharesWith(views[2]));
  views[2].Append({{300, 300}});
  pool.Share(kMailbox, views[2]);
  EXPECT_TRUE(views[0].SharesWith(views[2]));
}

TEST(ViewPool, OnlyEqualViewsOfOneMailboxAreShared) {
  ViewPool pool;
  std::vector<View> views = Sessions(pool, 2, EverySecond(100));
  views.push_back(views[0]);
  views[2].Remove({{1, 1}});
  views[2].Append({{201, 201}});  // as many messages, and as many runs
  pool.Share(kMailbox, views[2]);
  EXPECT_EQ(views[2].size(), views[0].size());
  EXPECT_FALSE(views[2].SharesWith(views[0]));
  View elsewhere(EverySecond(100));
  pool.Share({7, 2}, elsewhere);
  EXPECT_FALSE(elsewhere.SharesWith(views[0]));
}

TEST(ViewPool, KeepsNothingOfMailboxesThatNobodyHas) {
  ViewPool pool;
  for (std::uint32_t mailbox = 0; mailbox < 1000; ++mailbox) {
    View view(EverySecond(100));
    pool.Share({7, mailbox}, view);
  }
  EXPECT_LE(pool.size(), 64u);
}

TEST(ViewPool, SessionsOfManyThreads) {
  ViewPool pool;
  std::vector<std::thread> threads;
  std::vector<View> ended(4);
  for (View& last : ended) {
    threads.emplace_back([&pool, &last] {
      View view(EverySecond(200));
      for (std::uint32_t uid = 1000; uid < 1500; uid += 2) {
        pool.Share(kMailbox, view);
        view.Append({{uid, uid}});
        view.Remove({{uid - 600, uid - 600}});
      }
      pool.Share(kMailbox, view);
      last = view;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  for (View& view : ended) {
    EXPECT_EQ(view.Uids(), ended[0].Uids());
    EXPECT_EQ(view.size(), 450u);
  }
  EXPECT_LE(MemoryOf(ended), ended[0].memory());
}

}  // namespace
}  // namespace posthorn::imap
