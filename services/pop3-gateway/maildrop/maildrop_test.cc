#include "pop3-gateway/maildrop/maildrop.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

Maildrop ThreeMessages() {
  return Maildrop(UidValidity{0x12345678}, {3, 7, 0xfffffffe}, {10, 20, 300});
}

TEST(Maildrop, CountsWhatIsNotDeleted) {
  Maildrop maildrop = ThreeMessages();
  EXPECT_EQ(maildrop.live_messages(), 3u);
  EXPECT_EQ(maildrop.live_octets(), 330u);
  maildrop.Delete(2);
  EXPECT_EQ(maildrop.last(), 3u);
  EXPECT_EQ(maildrop.live_messages(), 2u);
  EXPECT_EQ(maildrop.live_octets(), 310u);
  EXPECT_FALSE(maildrop.Has(2));
  EXPECT_TRUE(maildrop.Has(3));
  EXPECT_THAT(maildrop.DeletedUids(), testing::ElementsAre(7));
}

TEST(Maildrop, ResetTakesMarksAway) {
  Maildrop maildrop = ThreeMessages();
  maildrop.Delete(1);
  maildrop.Delete(3);
  maildrop.Reset();
  EXPECT_EQ(maildrop.live_messages(), 3u);
  EXPECT_EQ(maildrop.live_octets(), 330u);
  EXPECT_TRUE(maildrop.Has(1));
  EXPECT_THAT(maildrop.DeletedUids(), testing::IsEmpty());
}

TEST(Maildrop, MessageNumbersBeginAtOne) {
  Maildrop maildrop = ThreeMessages();
  EXPECT_FALSE(maildrop.Has(0));
  EXPECT_TRUE(maildrop.Has(1));
  EXPECT_FALSE(maildrop.Has(4));
  EXPECT_FALSE(maildrop.Has(0xffffffff));
}

// Clients keep these for years: the format never changes.
TEST(Maildrop, UniqueIds) {
  Maildrop maildrop = ThreeMessages();
  EXPECT_EQ(maildrop.UniqueId(1), "1234567800000003");
  EXPECT_EQ(maildrop.UniqueId(3), "12345678fffffffe");
}

TEST(Maildrop, Empty) {
  Maildrop maildrop(UidValidity{1}, {}, {});
  EXPECT_EQ(maildrop.last(), 0u);
  EXPECT_FALSE(maildrop.Has(1));
  maildrop.Reset();
  EXPECT_EQ(maildrop.live_octets(), 0u);
}

}  // namespace
}  // namespace posthorn::pop3
