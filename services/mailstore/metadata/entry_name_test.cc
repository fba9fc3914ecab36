#include "mailstore/metadata/entry_name.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

TEST(EntryName, PrivateAndShared) {
  const auto comment = ParseEntryName("/private/Comment");
  ASSERT_TRUE(comment.ok());
  EXPECT_FALSE(comment->shared);
  EXPECT_EQ(comment->path, "/comment");
  EXPECT_EQ(comment->Text(), "/private/comment");
  EXPECT_TRUE(ParseEntryName("/SHARED/vendor/x/y")->shared);
  EXPECT_EQ(ParseEntryName("/shared")->path, "");
}

TEST(EntryName, MalformedNames) {
  for (const std::string& name :
       {std::string(), std::string("/"), std::string("comment"), std::string("/other/x"),
        std::string("/private/"), std::string("/private//x"), std::string("/privatex"),
        std::string("/private/a*"), std::string("/private/a%b"), std::string("/private/a b"),
        std::string("/private/\xc3\xa9"), std::string("/private/a\nb"),
        "/private/" + std::string(600, 'x')}) {
    EXPECT_FALSE(ParseEntryName(name).ok()) << name;
  }
}

TEST(EntryName, Depth) {
  EXPECT_TRUE(IsWithin("/a", "/a", 0));
  EXPECT_FALSE(IsWithin("/a/b", "/a", 0));
  EXPECT_TRUE(IsWithin("/a/b", "/a", 1));
  EXPECT_FALSE(IsWithin("/a/b/c", "/a", 1));
  EXPECT_TRUE(IsWithin("/a/b/c", "/a", -1));
  EXPECT_FALSE(IsWithin("/ab", "/a", -1));
  EXPECT_TRUE(IsWithin("/a/b", "", -1));
}

}  // namespace
}  // namespace posthorn::store
