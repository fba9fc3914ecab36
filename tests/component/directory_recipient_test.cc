// What RCPT gets to hear.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "directory_fixture.h"

namespace posthorn::testing_support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
using v1::ErrorDetail;

class RecipientTest : public DirectoryTest {
 protected:
  RecipientTest() {
    EXPECT_TRUE(AddAccount("alice@example.org").ok());
    EXPECT_TRUE(AddAccount("bob@example.org").ok());
    alice_ = IdOf("alice@example.org");
    bob_ = IdOf("bob@example.org");
  }
  void ExpectUnknown(const std::string& address) {
    ExpectError(Resolve(address).status(), StatusCode::kNotFound,
                ErrorDetail::REASON_UNKNOWN_RECIPIENT);
  }
  uint64_t alice_ = 0;
  uint64_t bob_ = 0;
};

TEST_F(RecipientTest, Accounts) {
  EXPECT_THAT(Behind("alice@example.org"), ElementsAre(alice_));
  EXPECT_THAT(Behind("ALICE@EXAMPLE.ORG"), ElementsAre(alice_));
  EXPECT_THAT(Behind("\"bob\"@example.org"), ElementsAre(bob_));
  ExpectUnknown("carol@example.org");
  ExpectError(Resolve("alice@elsewhere.example").status(), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_LOCAL);
  ExpectError(Resolve("alice@[192.0.2.1]").status(), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_LOCAL);
  ExpectError(Resolve("alice").status(), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_ADDRESS_INVALID);
}

TEST_F(RecipientTest, SubAddresses) {
  EXPECT_THAT(Behind("alice+lists@example.org"), ElementsAre(alice_));
  EXPECT_EQ(Resolve("alice+Lists+x@example.org")->detail(), "Lists+x");
  EXPECT_EQ(Resolve("alice@example.org")->detail(), "");
  ExpectUnknown("carol+lists@example.org");
  ASSERT_TRUE(AddAlias("sales@example.org", "bob@example.org").ok());
  EXPECT_EQ(Resolve("sales+berlin@example.org")->detail(), "berlin");
  // An account of the whole name comes first, and then there is no detail.
  ASSERT_TRUE(AddAccount("alice+vip@example.org").ok());
  EXPECT_THAT(Behind("alice+vip@example.org"), ElementsAre(IdOf("alice+vip@example.org")));
  EXPECT_EQ(Resolve("alice+vip@example.org")->detail(), "");
}

TEST_F(RecipientTest, AliasesReachEachAccountOnce) {
  ASSERT_TRUE(AddAlias("sales@example.org", "alice@example.org").ok());
  ASSERT_TRUE(AddAlias("sales@example.org", "bob+sales@example.org").ok());
  ASSERT_TRUE(AddAlias("all@example.org", "sales@example.org").ok());
  ASSERT_TRUE(AddAlias("all@example.org", "alice@example.org").ok());
  EXPECT_THAT(Behind("all@example.org"), UnorderedElementsAre(alice_, bob_));
}

TEST_F(RecipientTest, LoopsEnd) {
  ASSERT_TRUE(AddAlias("a@example.org", "alice@example.org").ok());
  ASSERT_TRUE(AddAlias("b@example.org", "a@example.org").ok());
  ASSERT_TRUE(AddAlias("a@example.org", "b@example.org").ok());
  EXPECT_THAT(Behind("a@example.org"), ElementsAre(alice_));
  EXPECT_THAT(Behind("b@example.org"), ElementsAre(alice_));
  v1::RemoveAliasRequest request;
  request.set_address("a@example.org");
  request.set_target("alice@example.org");
  v1::RemoveAliasResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::RemoveAlias, request, &response).ok());
  ExpectUnknown("a@example.org");
}

TEST_F(RecipientTest, ChainsHaveNoDepthAtWhichMailIsLost) {
  ASSERT_TRUE(AddAlias("n0@example.org", "alice@example.org").ok());
  for (int i = 1; i < 50; ++i) {
    ASSERT_TRUE(
        AddAlias(absl::StrCat("n", i, "@example.org"), absl::StrCat("n", i - 1, "@example.org"))
            .ok());
  }
  EXPECT_THAT(Behind("n49@example.org"), ElementsAre(alice_));
}

TEST_F(RecipientTest, TooManyAccountsAreRefusedNotCut) {
  v1::AddAccountsRequest request;
  for (int i = 0; i < 1'000; ++i) {
    Add(request, absl::StrCat("user", i, "@example.org"), "secret");
  }
  v1::AddAccountsResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::AddAccounts, request, &response).ok());
  Execute(
      "INSERT INTO alias (address_key, target_key, domain, address, target) SELECT "
      "'all@example.org', address_key, 'example.org', 'all@example.org', address FROM login "
      "WHERE address LIKE 'user%'");
  EXPECT_EQ(Behind("all@example.org").size(), 1'000u);
  ASSERT_TRUE(AddAlias("all@example.org", "alice@example.org").ok());
  ExpectError(Resolve("all@example.org").status(), StatusCode::kResourceExhausted,
              ErrorDetail::REASON_TOO_MANY);
}

TEST_F(RecipientTest, Quota) {
  v1::SetQuotaRequest request;
  request.set_address("alice@example.org");
  request.set_quota_bytes(1'000);
  v1::SetQuotaResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::SetQuota, request, &response).ok());
  EXPECT_THAT(Behind("alice@example.org", 1'000), ElementsAre(alice_));
  ExpectError(Resolve("alice@example.org", 1'001).status(), StatusCode::kResourceExhausted,
              ErrorDetail::REASON_OVER_QUOTA);
  ASSERT_TRUE(AddAlias("both@example.org", "alice@example.org").ok());
  ASSERT_TRUE(AddAlias("both@example.org", "bob@example.org").ok());
  EXPECT_THAT(Behind("both@example.org", 1'000), UnorderedElementsAre(alice_, bob_));
  // One member without room: the sender hears of it, nobody is left out silently.
  ExpectError(Resolve("both@example.org", 1'001).status(), StatusCode::kResourceExhausted,
              ErrorDetail::REASON_OVER_QUOTA);
  Execute("UPDATE account SET used_bytes = 1000 WHERE quota_bytes = 1000");
  // What was found is remembered for a moment; a change of the directory ends that.
  ASSERT_TRUE(AddAlias("other@example.org", "bob@example.org").ok());
  ExpectError(Resolve("both@example.org").status(), StatusCode::kResourceExhausted,
              ErrorDetail::REASON_OVER_QUOTA);
}

TEST_F(RecipientTest, AFullAccountIsFullWithoutASizeToo) {
  Execute("UPDATE account SET quota_bytes = 10, used_bytes = 10");
  ExpectError(Resolve("alice@example.org").status(), StatusCode::kResourceExhausted,
              ErrorDetail::REASON_OVER_QUOTA);
}

TEST_F(RecipientTest, PostmasterIsAlwaysSomebody) {
  // Nobody has the name: the oldest account of the domain, of all for no domain.
  ASSERT_TRUE(AddAccount("carol@example.net").ok());
  const uint64_t carol = IdOf("carol@example.net");
  EXPECT_THAT(Behind("PostMaster@example.org"), ElementsAre(alice_));
  EXPECT_THAT(Behind("postmaster@example.net"), ElementsAre(carol));
  EXPECT_THAT(Behind("POSTMASTER"), ElementsAre(alice_));
  ExpectError(Resolve("postmaster@elsewhere.example").status(), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_LOCAL);
  // An alias in one domain serves all that have none of their own.
  ASSERT_TRUE(AddAlias("postmaster@example.org", "bob@example.org").ok());
  EXPECT_THAT(Behind("postmaster@example.org"), ElementsAre(bob_));
  EXPECT_THAT(Behind("postmaster"), ElementsAre(bob_));
  EXPECT_THAT(Behind("postmaster@example.net"), ElementsAre(bob_));
  ASSERT_TRUE(AddAccount("postmaster@example.net").ok());
  EXPECT_THAT(Behind("postmaster@example.net"), ElementsAre(IdOf("postmaster@example.net")));
}

TEST_F(RecipientTest, WithoutAnyAccountThereIsNoPostmaster) {
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  ASSERT_TRUE(RemoveAccount("bob@example.org").ok());
  ExpectUnknown("postmaster@example.org");
  ExpectUnknown("postmaster");
}

TEST_F(RecipientTest, ChangesHoldAtOnce) {
  EXPECT_THAT(Behind("alice@example.org"), ElementsAre(alice_));
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  ExpectUnknown("alice@example.org");
  ExpectUnknown("carol@example.org");
  ASSERT_TRUE(AddAccount("carol@example.org").ok());
  EXPECT_THAT(Behind("carol@example.org"), ElementsAre(IdOf("carol@example.org")));
}

}  // namespace
}  // namespace posthorn::testing_support
