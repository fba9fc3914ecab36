// Logins and tickets, as gateways see them.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "directory_fixture.h"
#include "mailstore/auth/argon2_hash.h"

namespace posthorn::testing_support {
namespace {

using absl::StatusCode;
using v1::ErrorDetail;

class AuthTest : public DirectoryTest {
 protected:
  AuthTest() { EXPECT_TRUE(AddAccount("Alice@example.org", "secret").ok()); }

  void ExpectBadCredentials(const absl::Status& status) {
    ExpectError(status, StatusCode::kUnauthenticated, ErrorDetail::REASON_BAD_CREDENTIALS);
    EXPECT_EQ(status.message(), "user or password is wrong") << "it never says which";
  }
};

TEST_F(AuthTest, GrantsATicketForTheRightPassword) {
  const auto grant = Login("alice@example.org", "secret");
  ASSERT_TRUE(grant.ok()) << grant.status();
  EXPECT_EQ(grant->address(), "Alice@example.org");
  EXPECT_EQ(grant->account_id(), IdOf("Alice@example.org"));
  EXPECT_GT(grant->expires_at_unix_seconds(), absl::ToUnixSeconds(absl::Now()));
  EXPECT_EQ(server_.tickets().CheckTicket(grant->ticket(), absl::Now()).value().value(),
            grant->account_id());
}

TEST_F(AuthTest, IgnoresCaseInTheUserOnly) {
  EXPECT_TRUE(Login("ALICE@EXAMPLE.org", "secret").ok());
  ExpectBadCredentials(Login("alice@example.org", "SECRET").status());
}

TEST_F(AuthTest, RefusesWithoutSayingWhy) {
  ExpectBadCredentials(Login("alice@example.org", "wrong").status());
  ExpectBadCredentials(Login("bob@example.org", "secret").status());
  ExpectBadCredentials(Login("alice@example.com", "secret").status());
  ExpectBadCredentials(Login("alice", "secret").status());
  ExpectBadCredentials(Login("not an address", "secret").status());
  ExpectBadCredentials(Login("alice+detail@example.org", "secret").status());
  ExpectBadCredentials(Login("alice@example.org", "\xff\xff").status());
  ExpectBadCredentials(Login("alice@example.org", "\xf0\x9f\xa6\x8a").status());
  ExpectBadCredentials(Login("alice@example.org' OR '1'='1", "secret").status());
}

TEST_F(AuthTest, AnUnknownUserCostsAHashLikeAKnownOne) {
  // Both pass through the pool: where it takes nothing, both are refused in the same way.
  DirectoryServer closed(authority_, url_, {.memory_kib = 256, .iterations = 1}, /*hash_queue=*/0);
  auth_ = v1::Auth::NewStub(closed.Channel("imap-gateway"));
  for (const char* user : {"alice@example.org", "bob@example.org", "no address"}) {
    ExpectError(Login(user, "secret").status(), StatusCode::kResourceExhausted,
                ErrorDetail::REASON_OVERLOADED);
  }
}

// Who guesses is stopped at every replica; the owner, who is elsewhere, is not.
TEST_F(AuthTest, GuessesAreCountedOverAllReplicas) {
  const store::FailedLoginLimits limits{.of_user = 3, .of_address = 5};
  const store::Argon2Cost cost{.memory_kib = 256, .iterations = 1};
  DirectoryServer one(authority_, url_, cost, 256, limits);
  DirectoryServer other(authority_, url_, cost, 256, limits);
  const auto use = [this](DirectoryServer& server, const std::string& peer) {
    auth_ = v1::Auth::NewStub(server.Channel("imap-gateway"));
    peer_ = peer;
  };
  const auto expect_limit = [this](const std::string& user, const std::string& password) {
    ExpectError(Login(user, password).status(), StatusCode::kResourceExhausted,
                ErrorDetail::REASON_RATE_LIMIT);
  };
  ASSERT_TRUE(AddAccount("carol@example.org", "secret").ok());
  use(one, "192.0.2.1");
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
  for (const char* user : {"alice@example.org", "ALICE@example.org", R"("alice"@example.org)"}) {
    ExpectBadCredentials(Login(user, "wrong").status());
  }
  expect_limit("alice@example.org", "wrong");
  EXPECT_TRUE(Login("alice@example.org", "secret").ok()) << "it was right a moment ago";
  use(other, "192.0.2.77");
  expect_limit("alice@example.org", "secret");
  EXPECT_TRUE(Login("carol@example.org", "secret").ok());
  use(other, "198.51.100.1");
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
  // Another user, known or not, from the first address; and then nobody any more.
  use(other, "192.0.2.1");
  ExpectBadCredentials(Login("nobody@example.org", "wrong").status());
  ExpectBadCredentials(Login("not an address", "wrong").status());
  use(one, "192.0.2.1");
  expect_limit("carol@example.org", "secret");
  expect_limit("nobody@example.org", "wrong");
  use(one, "192.0.2.2");
  EXPECT_TRUE(Login("carol@example.org", "secret").ok());
}

TEST_F(AuthTest, ARepeatedLoginCostsNoHash) {
  ASSERT_TRUE(Login("alice@example.org", "secret").ok());
  // A failed login is never remembered, a success is.
  ExpectBadCredentials(Login("alice@example.org", "wrong").status());
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
  ExpectBadCredentials(Login("alice@example.org", "wrong").status());
}

TEST_F(AuthTest, ANewPasswordHoldsAtOnce) {
  ASSERT_TRUE(Login("alice@example.org", "secret").ok());
  v1::SetPasswordRequest request;
  request.set_address("alice@example.org");
  request.set_password("n\xc3\xa4xt");
  v1::SetPasswordResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::SetPassword, request, &response).ok());
  ExpectBadCredentials(Login("alice@example.org", "secret").status());
  EXPECT_TRUE(Login("alice@example.org", "n\xc3\xa4xt").ok());
  EXPECT_TRUE(Login("alice@example.org", "na\xcc\x88xt").ok()) << "decomposed is the same";
}

TEST_F(AuthTest, MayOnlyActAsOneself) {
  ASSERT_TRUE(AddAccount("bob@example.org", "secret").ok());
  EXPECT_TRUE(Login("alice@example.org", "secret", "alice@example.org").ok());
  EXPECT_TRUE(Login("alice@example.org", "secret", "ALICE@Example.org").ok());
  ExpectBadCredentials(Login("alice@example.org", "secret", "bob@example.org").status());
  ExpectBadCredentials(Login("alice@example.org", "secret", "root").status());
}

TEST_F(AuthTest, ReplaysMechanisms) {
  EXPECT_EQ(Authenticate("PLAIN", {})->challenge(), "");
  EXPECT_EQ(Authenticate("LOGIN", {})->challenge(), "User Name");
  EXPECT_EQ(Authenticate("LOGIN", {"alice@example.org"})->challenge(), "Password");
  EXPECT_EQ(Authenticate("LOGIN", {"alice@example.org", "secret"})->grant().address(),
            "Alice@example.org");
  ExpectBadCredentials(Authenticate("LOGIN", {"alice@example.org", "wrong"}).status());
  ExpectError(Authenticate("CRAM-MD5", {}).status(), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_MECHANISM_UNKNOWN);
  ExpectError(Authenticate("PLAIN", {"nonsense"}).status(), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_SASL_MALFORMED);
}

TEST_F(AuthTest, RenewsARecordOfAnotherCost) {
  const std::string before = Value("SELECT password_record FROM login");
  const store::Argon2Cost dearer{.memory_kib = 512, .iterations = 2, .parallelism = 1};
  DirectoryServer other(authority_, url_, dearer);
  auth_ = v1::Auth::NewStub(other.Channel("imap-gateway"));
  ASSERT_TRUE(Login("alice@example.org", "secret").ok());
  const std::string after = Value("SELECT password_record FROM login");
  EXPECT_NE(after, before);
  EXPECT_EQ(store::CostOfRecord(after).value(), dearer);
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
  ExpectBadCredentials(Login("alice@example.org", "wrong").status());
  EXPECT_EQ(Value("SELECT generation FROM login"), "1") << "sessions go on";
}

TEST_F(AuthTest, TicketsAreGoodAtEveryReplica) {
  const auto grant = Login("alice@example.org", "secret");
  ASSERT_TRUE(grant.ok());
  DirectoryServer other(authority_, url_);
  EXPECT_TRUE(other.tickets().CheckTicket(grant->ticket(), absl::Now()).ok());
  EXPECT_EQ(Value("SELECT count(*) FROM server_secret WHERE name = 'ticket'"), "1");
}

TEST_F(AuthTest, RefreshesAsLongAsTheAccountIsTheSame) {
  const auto grant = Login("alice@example.org", "secret");
  ASSERT_TRUE(grant.ok());
  const auto next = Refresh(grant->ticket());
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->account_id(), grant->account_id());
  EXPECT_TRUE(server_.tickets().CheckTicket(next->ticket(), absl::Now()).ok());

  v1::SetPasswordRequest request;
  request.set_address("alice@example.org");
  request.set_password("next");
  v1::SetPasswordResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::SetPassword, request, &response).ok());
  ExpectError(Refresh(grant->ticket()).status(), StatusCode::kUnauthenticated,
              ErrorDetail::REASON_TICKET_INVALID);
}

TEST_F(AuthTest, RefreshEndsWithTheAccount) {
  const auto grant = Login("alice@example.org", "secret");
  ASSERT_TRUE(grant.ok());
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  ExpectError(Refresh(grant->ticket()).status(), StatusCode::kUnauthenticated,
              ErrorDetail::REASON_TICKET_INVALID);
  ExpectBadCredentials(Login("alice@example.org", "secret").status());
}

TEST_F(AuthTest, ForgedTicketsAreNotRefreshed) {
  for (const char* ticket : {"", "nonsense"}) {
    ExpectError(Refresh(ticket).status(), StatusCode::kUnauthenticated,
                ErrorDetail::REASON_TICKET_INVALID);
  }
  const auto grant = Login("alice@example.org", "secret");
  std::string forged = grant->ticket();
  forged[8] = static_cast<char>(forged[8] ^ 1);  // another account
  ExpectError(Refresh(forged).status(), StatusCode::kUnauthenticated,
              ErrorDetail::REASON_TICKET_INVALID);
}

TEST_F(AuthTest, SurvivesARestartOfPostgres) {
  ASSERT_TRUE(Login("alice@example.org", "secret").ok());
  PrivatePostgres::Shared().Restart();
  EXPECT_TRUE(Login("alice@example.org", "secret").ok());
}

}  // namespace
}  // namespace posthorn::testing_support
