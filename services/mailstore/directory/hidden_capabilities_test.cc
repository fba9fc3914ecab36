#include "mailstore/directory/hidden_capabilities.h"

#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

using Names = std::vector<std::string>;

TEST(HiddenCapabilities, NamesAreAtomsInAnyCase) {
  EXPECT_EQ(*ParseCapabilities(Names{"compress=deflate", "LITERAL+", "Rights=kxte"}),
            (Names{"COMPRESS=DEFLATE", "LITERAL+", "RIGHTS=KXTE"}));
  EXPECT_TRUE(ParseCapabilities(Names{})->empty());
  for (const char* name : {"", "A B", "A\r\n", "A\"", "(A)", "\xc3\xa9", "*"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseCapabilities(Names{name}).status())) << name;
  }
  EXPECT_FALSE(ParseCapabilities(Names{std::string(65, 'A')}).ok());
  EXPECT_FALSE(ParseCapabilities(Names(101, "IDLE")).ok());
}

TEST(HiddenCapabilities, SomeCannotBeHidden) {
  EXPECT_FALSE(ParseCapabilities(Names{"imap4rev1"}).ok());
  EXPECT_FALSE(ParseCapabilities(Names{"IDLE", "STARTTLS"}).ok());
  EXPECT_TRUE(ParseCapabilities(Names{"IMAP4rev2"}).ok());
}

}  // namespace
}  // namespace posthorn::store
