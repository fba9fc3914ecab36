#include "mailstore/mailbox/name_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

using testing::UnorderedElementsAre;
using v1::ErrorDetail;

NameTree Tree() {
  return NameTree({{"INBOX", {.mailbox = MailboxId(1)}},
                   {"a", {.parent = true}},
                   {"a/b", {.mailbox = MailboxId(2)}},
                   {"ab", {.mailbox = MailboxId(3)}}});
}

TEST(NameTreeTest, CreateMakesParents) {
  NameTree tree = Tree();
  EXPECT_TRUE(tree.Create("x/y/z", MailboxId(9), 0).ok());
  EXPECT_THAT(tree.changed(), UnorderedElementsAre("x", "x/y", "x/y/z"));
  EXPECT_TRUE(tree.rows().at("x").parent);
  EXPECT_TRUE(tree.HasChildren("x"));
  EXPECT_FALSE(tree.HasChildren("x/y/z"));
  EXPECT_TRUE(tree.Create("a", MailboxId(10), 0).ok());
  EXPECT_FALSE(tree.rows().at("a").parent);
}

TEST(NameTreeTest, DeleteKeepsNamesThatAreNeeded) {
  NameTree tree = Tree();
  std::optional<MailboxId> mailbox;
  EXPECT_TRUE(tree.Create("a/b/c", MailboxId(9), 0).ok());
  EXPECT_TRUE(tree.Delete("a/b", &mailbox).ok());
  EXPECT_EQ(mailbox, MailboxId(2));
  EXPECT_TRUE(tree.rows().at("a/b").parent);
  EXPECT_EQ(rpc::ReasonOf(tree.Delete("a/b", &mailbox)), ErrorDetail::REASON_MAILBOX_HAS_CHILDREN);
  EXPECT_TRUE(tree.Delete("a/b/c", &mailbox).ok());
  // Nothing is below them any more.
  EXPECT_FALSE(tree.rows().contains("a/b"));
  EXPECT_FALSE(tree.rows().contains("a"));
  EXPECT_EQ(rpc::ReasonOf(tree.Delete("INBOX", &mailbox)), ErrorDetail::REASON_MAILBOX_PROTECTED);
}

TEST(NameTreeTest, SubscriptionsAreToNames) {
  NameTree tree = Tree();
  std::optional<MailboxId> mailbox;
  tree.SetSubscribed("ab", true);
  EXPECT_TRUE(tree.Delete("ab", &mailbox).ok());
  EXPECT_TRUE(tree.rows().at("ab").subscribed);
  tree.SetSubscribed("ab", false);
  EXPECT_FALSE(tree.rows().contains("ab"));
  tree.SetSubscribed("never", false);
  EXPECT_FALSE(tree.rows().contains("never"));
  tree.SetSubscribed("later", true);
  EXPECT_FALSE(tree.rows().at("later").mailbox.has_value());
}

TEST(NameTreeTest, RenameMovesWhatIsBelow) {
  NameTree tree = Tree();
  EXPECT_TRUE(tree.Create("a/b/c", MailboxId(9), 0).ok());
  EXPECT_TRUE(tree.Rename("a", "new/a").ok());
  EXPECT_EQ(tree.rows().at("new/a/b").mailbox, MailboxId(2));
  EXPECT_EQ(tree.rows().at("new/a/b/c").mailbox, MailboxId(9));
  EXPECT_FALSE(tree.rows().contains("a"));
  EXPECT_EQ(tree.rows().at("ab").mailbox, MailboxId(3));  // not below "a"
  EXPECT_EQ(rpc::ReasonOf(tree.Rename("ab", "ab/c")), ErrorDetail::REASON_MAILBOX_NAME_INVALID);
  EXPECT_EQ(rpc::ReasonOf(tree.Rename("ab", "INBOX")), ErrorDetail::REASON_MAILBOX_EXISTS);
  EXPECT_EQ(rpc::ReasonOf(tree.Rename("none", "x")), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
}

TEST(NameTreeTest, RenameToAParentOfItself) {
  NameTree tree = Tree();
  EXPECT_TRUE(tree.Rename("a/b", "a").ok());
  EXPECT_EQ(tree.rows().at("a").mailbox, MailboxId(2));
  EXPECT_FALSE(tree.rows().at("a").parent);
  EXPECT_FALSE(tree.rows().contains("a/b"));
}

}  // namespace
}  // namespace posthorn::store
