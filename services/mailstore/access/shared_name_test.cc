#include "mailstore/access/shared_name.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

TEST(SharedName, OwnerAndMailbox) {
  const auto shared = ParseSharedName("Other Users/bob@example.org/INBOX/Work");
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(shared->address, "bob@example.org");
  EXPECT_EQ(shared->mailbox, "INBOX/Work");
  EXPECT_EQ(MakeSharedName(shared->address, shared->mailbox),
            "Other Users/bob@example.org/INBOX/Work");
}

TEST(SharedName, LocalPartWithSlash) {
  const auto shared = ParseSharedName("Other Users/a/b@example.org/INBOX");
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(shared->address, "a/b@example.org");
  EXPECT_EQ(shared->mailbox, "INBOX");
}

TEST(SharedName, WithoutMailbox) {
  const auto shared = ParseSharedName("Other Users/bob@example.org");
  ASSERT_TRUE(shared.has_value());
  EXPECT_EQ(shared->mailbox, "");
}

TEST(SharedName, NamesOfOnesOwn) {
  for (const char* name : {"INBOX", "Other Users2", "Other users/bob@example.org/INBOX", "x"}) {
    EXPECT_FALSE(IsSharedName(name)) << name;
    EXPECT_FALSE(ParseSharedName(name).has_value()) << name;
  }
  for (const char* name : {"Other Users", "Other Users/", "Other Users/bob"}) {
    EXPECT_TRUE(IsSharedName(name)) << name;
    EXPECT_FALSE(ParseSharedName(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace posthorn::store
