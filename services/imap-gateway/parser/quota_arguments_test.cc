#include "imap-gateway/parser/quota_arguments.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

SetQuotaArguments SetQuota(absl::string_view text, bool valid = true) {
  Scanner scanner(text);
  SetQuotaArguments arguments = ParseSetQuota(scanner);
  scanner.End();
  EXPECT_EQ(scanner.ok(), valid) << text;
  return arguments;
}

TEST(SetQuota, Limits) {
  const SetQuotaArguments all = SetQuota("bob@example.org (STORAGE 512 message 9 MAILBOX 3)");
  EXPECT_EQ(all.root, "bob@example.org");
  EXPECT_EQ(all.storage, 512u);
  EXPECT_EQ(all.messages, 9u);
  EXPECT_EQ(all.mailboxes, 3u);
  const SetQuotaArguments none = SetQuota("\"\" ()");
  EXPECT_FALSE(none.storage || none.messages || none.mailboxes);
}

TEST(SetQuota, Malformed) {
  SetQuota("x (STORAGE)", false);
  SetQuota("x (ANNOTATION-STORAGE 1)", false);
  SetQuota("x (STORAGE -1)", false);
  SetQuota("x STORAGE 1", false);
  SetQuota("x (STORAGE 1", false);
}

}  // namespace
}  // namespace posthorn::imap
