#include <gmock/gmock.h>

#include <string>

#include "absl/flags/flag.h"
#include "absl/strings/escaping.h"
#include "common/gateway/gateway.h"
#include "smtp-gateway/testing/session_fixture.h"

namespace posthorn::smtp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class AuthTest : public SessionFixture {
 protected:
  AuthTest() { absl::SetFlag(&FLAGS_dev_plaintext_auth, true); }

  static std::string Plain(const std::string& password) {
    return absl::Base64Escape(std::string("\0alice@example.org\0", 19) + password);
  }
};

TEST_F(AuthTest, SubmissionNeedsLogin) {
  Hello(Role::kSubmission);
  EXPECT_THAT(Ask("EHLO client.example"), HasSubstr("AUTH PLAIN LOGIN"));
  EXPECT_THAT(Ask("MAIL FROM:<alice@example.org>"), StartsWith("530 5.7.0 Authentication"));
  EXPECT_THAT(Ask("AUTH PLAIN " + Plain("secret")), StartsWith("235 2.7.0"));
  EXPECT_THAT(Ask("AUTH PLAIN " + Plain("secret")), StartsWith("503 5.5.1"));
  EXPECT_THAT(Ask("EHLO client.example"), Not(HasSubstr("AUTH")));
  EXPECT_THAT(Ask("MAIL FROM:<bob@example.org>"), StartsWith("553 5.7.1"));
  EXPECT_THAT(Ask("MAIL FROM:<alice+x@example.org>"), StartsWith("250 2.1.0"));
  EXPECT_THAT(Ask("RCPT TO:<bob@example.org>"), StartsWith("250 2.1.5"));
  EXPECT_THAT(Ask("DATA"), StartsWith("354 "));
  Send("Subject: x\r\n\r\n.\r\n");
  EXPECT_THAT(Reply(), StartsWith("250 2.0.0"));
  End();
  ASSERT_EQ(store_.delivered.size(), 1u);
  EXPECT_THAT(store_.delivered[0].message, HasSubstr("with ESMTPA id"));
}

TEST_F(AuthTest, NothingInTheClear) {
  absl::SetFlag(&FLAGS_dev_plaintext_auth, false);
  Hello(Role::kSubmission);
  EXPECT_THAT(Ask("EHLO client.example"), Not(HasSubstr("AUTH")));
  EXPECT_THAT(Ask("AUTH PLAIN " + Plain("secret")), StartsWith("538 5.7.11"));
  EXPECT_THAT(Ask("MAIL FROM:<alice@example.org>"), StartsWith("530 5.7.0 Must issue"));
}

TEST_F(AuthTest, RelaysChallenges) {
  Hello(Role::kSubmission);
  EXPECT_EQ(Ask("AUTH login"), "334 VXNlcm5hbWU6");
  EXPECT_EQ(Ask(absl::Base64Escape("alice@example.org")), "334 UGFzc3dvcmQ6");
  EXPECT_THAT(Ask(absl::Base64Escape("secret")), StartsWith("235 "));
}

TEST_F(AuthTest, PlainMayComeWithoutInitialResponse) {
  Hello(Role::kSubmission);
  EXPECT_EQ(Ask("AUTH PLAIN"), "334 ");
  EXPECT_THAT(Ask(Plain("secret")), StartsWith("235 "));
}

TEST_F(AuthTest, RefusesBadExchanges) {
  server_.limits.errors = 100;
  Hello(Role::kSubmission);
  EXPECT_THAT(Ask("AUTH CRAM-MD5"), StartsWith("504 5.5.4"));
  EXPECT_THAT(Ask("AUTH PLAIN ===="), StartsWith("501 5.5.2"));
  EXPECT_THAT(Ask("AUTH PLAIN"), StartsWith("334"));
  EXPECT_THAT(Ask("*"), StartsWith("501 5.7.0"));
  EXPECT_THAT(Ask("AUTH PLAIN"), StartsWith("334"));
  EXPECT_THAT(Ask("not base64"), StartsWith("501 5.5.2"));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Ask("AUTH PLAIN " + Plain("wrong")), StartsWith("535 5.7.8"));
  }
  EXPECT_THAT(Reply(), StartsWith("421 4.7.0"));
}

}  // namespace
}  // namespace posthorn::smtp
