#include "mailstore/auth/sasl_exchange.h"

#include <gtest/gtest.h>

#include "common/rpc/status.h"
#include "mailstore/auth/password_text.h"

namespace posthorn::store {
namespace {

using namespace std::string_literals;
using Responses = std::vector<absl::string_view>;

class SaslTest : public testing::Test {
 protected:
  std::string Challenge(absl::string_view mechanism, const Responses& responses) {
    const auto step = mechanisms_.Replay(mechanism, responses);
    if (!step.ok() || !std::holds_alternative<SaslChallenge>(*step)) {
      return "not a challenge";
    }
    return std::get<SaslChallenge>(*step).text;
  }
  SaslCredentials Credentials(absl::string_view mechanism, const Responses& responses) {
    const auto step = mechanisms_.Replay(mechanism, responses);
    if (!step.ok() || !std::holds_alternative<SaslCredentials>(*step)) {
      ADD_FAILURE() << "no credentials: " << step.status();
      return {};
    }
    return std::get<SaslCredentials>(*step);
  }
  v1::ErrorDetail::Reason Refusal(absl::string_view mechanism, const Responses& responses) {
    const auto step = mechanisms_.Replay(mechanism, responses);
    EXPECT_EQ(step.status().code(), absl::StatusCode::kInvalidArgument) << step.status();
    return rpc::ReasonOf(step.status());
  }
  const SaslMechanisms mechanisms_;
};

TEST_F(SaslTest, PlainInOneStep) {
  const SaslCredentials got = Credentials("PLAIN", {"\0alice@example.org\0sec ret"s});
  EXPECT_EQ(got.authorization_id, "");
  EXPECT_EQ(got.authentication_id, "alice@example.org");
  EXPECT_EQ(got.password, "sec ret");
}

TEST_F(SaslTest, PlainWithAuthorizationIdentity) {
  const SaslCredentials got = Credentials("PLAIN", {"bob\0alice\0secret"s});
  EXPECT_EQ(got.authorization_id, "bob");
  EXPECT_EQ(got.authentication_id, "alice");
}

TEST_F(SaslTest, PlainWithoutInitialResponseGetsAnEmptyChallenge) {
  EXPECT_EQ(Challenge("PLAIN", {}), "");
}

TEST_F(SaslTest, PlainKeepsUtf8) {
  EXPECT_EQ(Credentials("PLAIN", {"\0al\xc3\xaf"s + "ce\0p\xc3\xa4ss"s}).password, "p\xc3\xa4ss");
}

TEST_F(SaslTest, LoginAsksForUserAndPassword) {
  EXPECT_EQ(Challenge("LOGIN", {}), "User Name");
  EXPECT_EQ(Challenge("LOGIN", {"alice"}), "Password");
  const SaslCredentials got = Credentials("LOGIN", {"alice", "secret"});
  EXPECT_EQ(got.authorization_id, "");
  EXPECT_EQ(got.authentication_id, "alice");
  EXPECT_EQ(got.password, "secret");
}

TEST_F(SaslTest, UnknownMechanisms) {
  for (const char* name : {"", "plain", "CRAM-MD5", "EXTERNAL", "ANONYMOUS", "SCRAM-SHA-256"}) {
    EXPECT_EQ(Refusal(name, {}), v1::ErrorDetail::REASON_MECHANISM_UNKNOWN) << name;
  }
}

TEST_F(SaslTest, Malformed) {
  const std::string too_long(kMaxSaslOctets + 1, 'x');
  // Responses are views: these own what they show.
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"PLAIN", {""}},
      {"PLAIN", {"alice"}},
      {"PLAIN", {"\0alice"s}},
      {"PLAIN", {"\0\0secret"s}},
      {"PLAIN", {"\0alice\0"s}},
      {"PLAIN", {"\0alice\0secret"s, "more"}},
      {"PLAIN", {"\0alice\0sec\0ret"s}},
      {"PLAIN", {too_long}},
      {"LOGIN", {""}},
      {"LOGIN", {"alice", ""}},
      {"LOGIN", {"al\0ice"s}},
      {"LOGIN", {"alice", "sec\0ret"s}},
      {"LOGIN", {"alice", "secret", "more"}},
      {"LOGIN", {"alice", too_long}},
  };
  for (const auto& [mechanism, responses] : cases) {
    EXPECT_EQ(Refusal(mechanism, Responses(responses.begin(), responses.end())),
              v1::ErrorDetail::REASON_SASL_MALFORMED)
        << mechanism << " " << responses.size() << " " << responses[0].substr(0, 20);
  }
}

TEST_F(SaslTest, PlainTakesCharactersNewerThanUnicode32) {
  EXPECT_EQ(Credentials("PLAIN", {"\0alice\0\xf0\x9f\xa6\x8a key"s}).password,
            "\xf0\x9f\xa6\x8a key");
}

TEST_F(SaslTest, TheLongestPasswordFits) {
  const std::string longest(kMaxPasswordOctets, 'x');
  EXPECT_EQ(Credentials("PLAIN", {"\0alice@example.org\0"s + longest}).password, longest);
}

}  // namespace
}  // namespace posthorn::store
