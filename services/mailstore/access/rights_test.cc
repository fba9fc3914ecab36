#include "mailstore/access/rights.h"

#include <gtest/gtest.h>

#include "posthorn/v1/common.pb.h"

namespace posthorn::store {
namespace {

TEST(Rights, LettersGoThereAndBack) {
  EXPECT_EQ(FormatRights(Rights::All()), "lrswipkxtea");
  EXPECT_EQ(FormatRights(Rights()), "");
  EXPECT_EQ(FormatRights(*ParseRights("asl")), "lsa");
  EXPECT_EQ(*ParseRights("lrswipkxtea"), Rights::All());
  EXPECT_EQ(*ParseRights("llr"), Right::kLookup | Right::kRead);
}

TEST(Rights, OtherLettersAreRefused) {
  for (const char* letters : {"c", "d", "z", "L", "l r", "0", "-"}) {
    EXPECT_FALSE(ParseRights(letters).ok()) << letters;
  }
}

TEST(Rights, SetsAddAndSubtract) {
  const Rights rights = Right::kLookup | Right::kRead;
  EXPECT_TRUE(rights.HasAll(Right::kRead));
  EXPECT_FALSE(rights.HasAll(Right::kRead | Right::kInsert));
  EXPECT_TRUE(rights.HasAny(Right::kRead | Right::kInsert));
  EXPECT_EQ(rights - Right::kRead, Rights(Right::kLookup));
  EXPECT_EQ(Rights::FromBits(UINT32_MAX), Rights::All());
}

// RFC 4314 4: s, t and w each stand for their own flags.
TEST(Rights, EachFlagHasItsRight) {
  const FlagMask seen = ChangeableFlags(Right::kSeen);
  EXPECT_EQ(seen.Of(UINT32_MAX), uint32_t{v1::FLAG_SEEN});
  EXPECT_FALSE(seen.keywords);
  const FlagMask deleted = ChangeableFlags(Right::kDeleteMessages);
  EXPECT_EQ(deleted.Of(UINT32_MAX), uint32_t{v1::FLAG_DELETED});
  const FlagMask write = ChangeableFlags(Right::kWrite);
  EXPECT_EQ(write.Of(v1::FLAG_SEEN | v1::FLAG_DELETED | v1::FLAG_DRAFT | v1::FLAG_FLAGGED),
            uint32_t{v1::FLAG_DRAFT | v1::FLAG_FLAGGED});
  EXPECT_TRUE(write.keywords);
  EXPECT_TRUE(ChangeableFlags(Right::kRead).none());
  EXPECT_EQ(ChangeableFlags(Rights::All()).flags, UINT32_MAX);
}

}  // namespace
}  // namespace posthorn::store
