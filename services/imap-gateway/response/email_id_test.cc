#include "imap-gateway/response/email_id.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

TEST(EmailId, RoundTrips) {
  const EmailId id{12, 18446744073709551615u};
  EXPECT_EQ(FormatEmailId(id), "M12-18446744073709551615");
  EXPECT_EQ(ParseEmailId(FormatEmailId(id)), id);
}

TEST(EmailId, KnowsWhatIsNone) {
  for (const char* text : {"", "M", "M1", "M1-", "M-1", "m1-2", "M01-2", "M1-2-3", "M1-+2", "F1-2",
                           "M1- 2", "M99999999999999999999-1"}) {
    EXPECT_EQ(ParseEmailId(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace posthorn::imap
