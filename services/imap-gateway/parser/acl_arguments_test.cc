#include "imap-gateway/parser/acl_arguments.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

SetAclArguments SetAcl(absl::string_view text, bool valid = true) {
  Scanner scanner(text);
  SetAclArguments arguments = ParseSetAcl(scanner);
  scanner.End();
  EXPECT_EQ(scanner.ok(), valid) << text;
  return arguments;
}

TEST(SetAcl, ReplacesAddsRemoves) {
  const SetAclArguments replace = SetAcl("Work bob@example.org lrs");
  EXPECT_EQ(replace.mailbox, "Work");
  EXPECT_EQ(replace.identifier, "bob@example.org");
  EXPECT_EQ(replace.change, RightsChange::kReplace);
  EXPECT_EQ(replace.rights, "lrs");
  EXPECT_EQ(SetAcl("Work anyone +w").change, RightsChange::kAdd);
  EXPECT_EQ(SetAcl("Work \"-bob@example.org\" -w").change, RightsChange::kRemove);
  EXPECT_EQ(SetAcl("Work anyone \"\"").rights, "");
}

// RFC 4314 2.1.1.
TEST(SetAcl, ObsoleteRights) {
  EXPECT_EQ(SetAcl("Work anyone c").rights, "kx");
  EXPECT_EQ(SetAcl("Work anyone +lrd").rights, "lrte");
}

TEST(SetAcl, UnknownRightsAreBad) {
  SetAcl("Work anyone lrz", false);
  SetAcl("Work anyone LR", false);
  SetAcl("Work anyone ++l", false);
  SetAcl("Work \"\" l", false);
  SetAcl("Work anyone", false);
}

}  // namespace
}  // namespace posthorn::imap
