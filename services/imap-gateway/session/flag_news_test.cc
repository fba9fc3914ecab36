#include "imap-gateway/session/flag_news.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace posthorn::imap {
namespace {

using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::UnorderedElementsAre;

TEST(FlagNews, OfEachMessageTheNewest) {
  FlagNews news;
  news.Add(3, {1, 0, 7});
  news.Add(3, {2, 0, 8});
  news.Add(3, {4, 0, 6});
  news.Add(5, {0, 0, 7});
  const FlagNews::ByUid all = news.Take();
  EXPECT_THAT(all, UnorderedElementsAre(Key(3), Key(5)));
  EXPECT_EQ(all.at(3).flags, 2);
  EXPECT_THAT(news.Take(), IsEmpty());
}

TEST(FlagNews, WhatWasToldIsNotUndone) {
  FlagNews news;
  news.Add(3, {1, 0, 7});
  news.Add(5, {1, 0, 9});
  news.Told(3, 8);
  news.Told(5, 8);
  news.Told(7, 8);
  EXPECT_THAT(news.Take(), UnorderedElementsAre(Key(5)));
}

TEST(FlagNews, ASilentChangeGoesIntoWhatIsTold) {
  FlagNews news;
  news.Add(3, {1, 0, 7});
  news.Renew(3, {3, 0, 8});
  news.Renew(5, {3, 0, 8});
  const FlagNews::ByUid all = news.Take();
  EXPECT_THAT(all, UnorderedElementsAre(Key(3)));
  EXPECT_EQ(all.at(3).flags, 3);
}

}  // namespace
}  // namespace posthorn::imap
