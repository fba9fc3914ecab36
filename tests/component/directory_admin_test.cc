// Domains, accounts and aliases as mailctl sees them.
#include <gmock/gmock.h>

#include <future>

#include "absl/strings/str_cat.h"
#include "directory_fixture.h"
#include "mailstore/directory/mail_removal.h"

namespace posthorn::testing_support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::ErrorDetail;

class AdminTest : public DirectoryTest {
 protected:
  absl::Status AddDomain(const std::string& domain) {
    v1::AddDomainRequest request;
    request.set_domain(domain);
    v1::AddDomainResponse response;
    return Call(*admin_, &v1::Admin::Stub::AddDomain, request, &response);
  }
  absl::Status RemoveDomain(const std::string& domain) {
    v1::RemoveDomainRequest request;
    request.set_domain(domain);
    v1::RemoveDomainResponse response;
    return Call(*admin_, &v1::Admin::Stub::RemoveDomain, request, &response);
  }
  std::vector<std::string> Domains() {
    v1::ListDomainsResponse response;
    EXPECT_TRUE(
        Call(*admin_, &v1::Admin::Stub::ListDomains, v1::ListDomainsRequest(), &response).ok());
    return {response.domains().begin(), response.domains().end()};
  }
  std::vector<std::string> Accounts(const std::string& domain, const std::string& after,
                                    uint32_t limit) {
    v1::ListAccountsRequest request;
    request.set_domain(domain);
    request.set_after(after);
    request.set_limit(limit);
    v1::ListAccountsResponse response;
    const absl::Status status = Call(*admin_, &v1::Admin::Stub::ListAccounts, request, &response);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> addresses;
    for (const v1::Account& account : response.accounts()) {
      addresses.push_back(account.address());
    }
    return addresses;
  }
  std::vector<std::string> Aliases(const std::string& domain = "") {
    v1::ListAliasesRequest request;
    request.set_domain(domain);
    v1::ListAliasesResponse response;
    EXPECT_TRUE(Call(*admin_, &v1::Admin::Stub::ListAliases, request, &response).ok());
    std::vector<std::string> aliases;
    for (const v1::Alias& alias : response.aliases()) {
      aliases.push_back(alias.address() + " " + alias.target());
    }
    return aliases;
  }
  absl::Status RemoveAlias(const std::string& address, const std::string& target = "") {
    v1::RemoveAliasRequest request;
    request.set_address(address);
    request.set_target(target);
    v1::RemoveAliasResponse response;
    return Call(*admin_, &v1::Admin::Stub::RemoveAlias, request, &response);
  }
  absl::Status SetQuota(const std::string& address, uint64_t quota) {
    v1::SetQuotaRequest request;
    request.set_address(address);
    request.set_quota_bytes(quota);
    v1::SetQuotaResponse response;
    return Call(*admin_, &v1::Admin::Stub::SetQuota, request, &response);
  }
};

TEST_F(AdminTest, Domains) {
  EXPECT_TRUE(AddDomain("Example.ORG").ok());
  EXPECT_TRUE(AddDomain("b\xc3\xbc"
                        "cher.example")
                  .ok());
  EXPECT_THAT(Domains(), ElementsAre("example.org", "xn--bcher-kva.example"));
  ExpectError(AddDomain("example.org"), StatusCode::kAlreadyExists,
              ErrorDetail::REASON_ADDRESS_EXISTS);
  ExpectError(AddDomain("not a domain"), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_ADDRESS_INVALID);
  EXPECT_TRUE(RemoveDomain("EXAMPLE.org").ok());
  ExpectError(RemoveDomain("example.org"), StatusCode::kNotFound, ErrorDetail::REASON_NOT_FOUND);
}

TEST_F(AdminTest, ANewDomainSignsFromTheFirstOn) {
  constexpr char kKeys[] =
      "SELECT string_agg(domain || ' ' || algorithm || ' ' || state, ', ' ORDER BY domain, "
      "algorithm) FROM dkim_key WHERE private_key LIKE '-----BEGIN PRIVATE KEY-----%' AND selector "
      "= to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') || CASE algorithm WHEN 1 THEN 'r' ELSE 'e' "
      "END";
  ASSERT_TRUE(AddDomain("Example.ORG").ok());
  EXPECT_EQ(Value(kKeys), "example.org 1 2, example.org 2 2");
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  EXPECT_EQ(Value(kKeys), "example.org 1 2, example.org 2 2");
  ASSERT_TRUE(AddAccount("alice@example.com").ok());
  EXPECT_EQ(Value(kKeys), "example.com 1 2, example.com 2 2, example.org 1 2, example.org 2 2");
  EXPECT_EQ(Value("SELECT count(DISTINCT private_key) FROM dkim_key"), "4");
  ASSERT_TRUE(RemoveAccount("alice@example.com").ok());
  ASSERT_TRUE(RemoveDomain("example.com").ok());
  EXPECT_EQ(Value(kKeys), "example.org 1 2, example.org 2 2");
}

TEST_F(AdminTest, AnAliasMayLeadOutsideAndBeACatchAll) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  EXPECT_TRUE(AddAlias("away@example.org", "Bob@Example.net").ok());
  EXPECT_TRUE(AddAlias("@Example.org", "alice@example.org").ok());
  EXPECT_TRUE(AddAlias("@example.org", "carol@example.net").ok());
  EXPECT_EQ(Value("SELECT string_agg(address_key || ' ' || target_key || ' ' || outside, ', ' "
                  "ORDER BY address_key, target_key) FROM alias"),
            "@example.org alice@example.org false, @example.org carol@example.net true, "
            "away@example.org bob@example.net true");
  EXPECT_THAT(Aliases(),
              ElementsAre("@example.org alice@example.org", "@example.org carol@example.net",
                          "away@example.org Bob@example.net"));
  ExpectError(AddAlias("away@example.org", "bob@example.net"), StatusCode::kAlreadyExists,
              ErrorDetail::REASON_ADDRESS_EXISTS);
  ExpectError(AddAlias("away@example.com", "bob@example.net"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  ExpectError(AddAlias("new@example.org", "nobody@example.org"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  EXPECT_TRUE(RemoveAlias("@example.org", "CAROL@example.net").ok());
  EXPECT_TRUE(RemoveAlias("away@example.org").ok());
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  EXPECT_THAT(Aliases(), IsEmpty());
}

TEST_F(AdminTest, ADomainInUseStays) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  ASSERT_TRUE(AddDomain("example.com").ok());
  ASSERT_TRUE(AddAlias("sales@example.com", "alice@example.org").ok());
  ExpectError(RemoveDomain("example.org"), StatusCode::kFailedPrecondition,
              ErrorDetail::REASON_NOT_EMPTY);
  ExpectError(RemoveDomain("example.com"), StatusCode::kFailedPrecondition,
              ErrorDetail::REASON_NOT_EMPTY);
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  EXPECT_TRUE(RemoveDomain("example.org").ok());
  EXPECT_TRUE(RemoveDomain("example.com").ok()) << "its alias went with its only target";
}

TEST_F(AdminTest, AnAccountBeginsWithItsMailboxes) {
  ASSERT_TRUE(AddAccount("alice@example.org", "secret", 5'000'000).ok());
  v1::ListAccountMailboxesRequest request;
  request.set_address("ALICE@example.org");
  v1::ListAccountMailboxesResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::ListAccountMailboxes, request, &response).ok());
  std::vector<std::string> names;
  for (const auto& entry : response.mailboxes()) {
    names.push_back(entry.name());
  }
  EXPECT_THAT(names, ElementsAre("INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"));
  EXPECT_EQ(Value("SELECT quota_bytes || ' ' || next_mailbox_id FROM account JOIN login USING "
                  "(account_id)"),
            "5000000 7");
  EXPECT_EQ(Value("SELECT count(*) FROM mailbox WHERE uidvalidity > 0 AND uidnext = 1"), "6");
  EXPECT_EQ(Value("SELECT mailbox_id FROM mailbox_name WHERE name = 'INBOX'"), "1");
  EXPECT_EQ(Value("SELECT count(*) FROM mailbox_name WHERE subscribed"), "6");
}

TEST_F(AdminTest, ManyAccountsAreMadeTogetherOrNotAtAll) {
  v1::AddAccountsRequest request;
  for (int i = 0; i < 1'000; ++i) {
    Add(request, absl::StrCat("user", i, "@example.org"), absl::StrCat("secret", i));
  }
  v1::AddAccountsResponse response;
  ASSERT_TRUE(Call(*admin_, &v1::Admin::Stub::AddAccounts, request, &response).ok());
  ASSERT_EQ(response.account_ids_size(), 1'000);
  EXPECT_TRUE(std::is_sorted(response.account_ids().begin(), response.account_ids().end()));
  EXPECT_TRUE(Login("user999@example.org", "secret999").ok());
  EXPECT_EQ(Login("user17@example.org", "secret17")->account_id(), response.account_ids(17));

  v1::AddAccountsRequest second;
  Add(second, "new@example.net", "secret");
  Add(second, "USER5@example.org", "secret");
  const absl::Status status = Call(*admin_, &v1::Admin::Stub::AddAccounts, second, &response);
  ExpectError(status, StatusCode::kAlreadyExists, ErrorDetail::REASON_ADDRESS_EXISTS);
  EXPECT_THAT(std::string(status.message()), HasSubstr("user5@example.org"));
  EXPECT_THAT(Domains(), ElementsAre("example.org"));
}

TEST_F(AdminTest, RefusesBadAccounts) {
  const std::tuple<const char*, std::string, const char*> cases[] = {
      {"alice", "secret", "alice"},
      {"postmaster", "secret", "has a domain"},
      {"alice@[192.0.2.1]", "secret", "address literal"},
      {"alice@example.org", "", "password is empty"},
      {"alice@example.org", std::string("a\0b", 3), "NUL"},
      {"alice@example.org", std::string(9'000, 'x'), "8192"},
      {"alice@example.org", "\xff", "UTF-8"},
  };
  for (const auto& [address, password, message] : cases) {
    v1::AddAccountsRequest request;
    Add(request, address, "");
    request.mutable_accounts(0)->set_password(password);
    if (password == "\xff") {
      continue;  // protobuf itself refuses such a string
    }
    v1::AddAccountsResponse response;
    const absl::Status status = Call(*admin_, &v1::Admin::Stub::AddAccounts, request, &response);
    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
  v1::AddAccountsRequest twice;
  Add(twice, "alice@example.org", "secret");
  Add(twice, "Alice@example.org", "secret");
  v1::AddAccountsResponse response;
  ExpectError(Call(*admin_, &v1::Admin::Stub::AddAccounts, twice, &response),
              StatusCode::kAlreadyExists, ErrorDetail::REASON_ADDRESS_EXISTS);
  EXPECT_EQ(
      Call(*admin_, &v1::Admin::Stub::AddAccounts, v1::AddAccountsRequest(), &response).code(),
      StatusCode::kInvalidArgument);
  EXPECT_THAT(Accounts("", "", 10), IsEmpty());
}

TEST_F(AdminTest, OneOfManyAtOnceWins) {
  ASSERT_TRUE(AddDomain("example.org").ok());
  std::vector<std::future<absl::Status>> attempts;
  for (int i = 0; i < 8; ++i) {
    attempts.push_back(std::async(std::launch::async,
                                  [this] { return AddAccount("alice@example.org", "secret"); }));
  }
  int made = 0;
  for (auto& attempt : attempts) {
    const absl::Status status = attempt.get();
    made += status.ok() ? 1 : 0;
    if (!status.ok()) {
      ExpectError(status, StatusCode::kAlreadyExists, ErrorDetail::REASON_ADDRESS_EXISTS);
    }
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(Value("SELECT count(*) FROM account WHERE account_id < 1::bigint << 62"), "1");
}

TEST_F(AdminTest, ListsAccountsInPages) {
  for (const char* address : {"c@example.org", "A@example.org", "b@example.net", "b@example.org"}) {
    ASSERT_TRUE(AddAccount(address).ok());
  }
  EXPECT_THAT(Accounts("", "", 10),
              ElementsAre("A@example.org", "b@example.net", "b@example.org", "c@example.org"));
  EXPECT_THAT(Accounts("Example.ORG", "", 2), ElementsAre("A@example.org", "b@example.org"));
  EXPECT_THAT(Accounts("example.org", "b@example.org", 2), ElementsAre("c@example.org"));
  v1::ListAccountsResponse response;
  EXPECT_EQ(
      Call(*admin_, &v1::Admin::Stub::ListAccounts, v1::ListAccountsRequest(), &response).code(),
      StatusCode::kInvalidArgument);
}

TEST_F(AdminTest, UnknownAccounts) {
  ExpectError(RemoveAccount("bob@example.org"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  ExpectError(SetQuota("bob@example.org", 1), StatusCode::kNotFound, ErrorDetail::REASON_NOT_FOUND);
  v1::SetPasswordRequest request;
  request.set_address("bob@example.org");
  request.set_password("secret");
  v1::SetPasswordResponse response;
  ExpectError(Call(*admin_, &v1::Admin::Stub::SetPassword, request, &response),
              StatusCode::kNotFound, ErrorDetail::REASON_NOT_FOUND);
}

TEST_F(AdminTest, ARemovedAccountLeavesNothing) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  ASSERT_TRUE(AddAccount("bob@example.org").ok());
  const std::string id = std::to_string(IdOf("alice@example.org"));
  for (const std::string& account : {id, std::to_string(IdOf("bob@example.org"))}) {
    Execute(
        "INSERT INTO blob (account_id, blob_id, size, header_size, codec, envelope, "
        "body_structure) SELECT " +
        account +
        ", n, 1, 1, 0, '', '' FROM "
        "generate_series(1, 7000) n");
    Execute(
        "INSERT INTO message (account_id, mailbox_id, uid, modseq, blob_id, internal_date, "
        "save_date, size) SELECT " +
        account +
        ", 1, n, n, n, 0, 0, 1 FROM "
        "generate_series(1, 7000) n");
  }
  ASSERT_TRUE(RemoveAccount("alice@example.org").ok());
  EXPECT_EQ(Value("SELECT count(*) FROM mailbox"), "6");
  EXPECT_EQ(Value("SELECT count(*) FROM account WHERE account_id < 1::bigint << 62"), "1");

  auto remove = [](store::Connection& connection) { return store::RemoveSomeMail(connection); };
  int steps = 0;
  for (;;) {
    const absl::StatusOr<bool> more = server_.database().RunBlocking(remove);
    ASSERT_TRUE(more.ok()) << more.status();
    if (!*more) {
      break;
    }
    ASSERT_LT(++steps, 100);
  }
  EXPECT_GT(steps, 2) << "not all in one transaction";
  EXPECT_EQ(Value("SELECT count(*) FROM message"), "7000");
  EXPECT_EQ(Value("SELECT count(*) FROM blob"), "7000");
  EXPECT_EQ(Value("SELECT count(*) FROM blob WHERE account_id = " + id), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM removed_account"), "0");

  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  EXPECT_NE(std::to_string(IdOf("alice@example.org")), id) << "ids are not given out again";
}

TEST_F(AdminTest, Aliases) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  ASSERT_TRUE(AddAccount("bob@example.org").ok());
  EXPECT_TRUE(AddAlias("Sales@example.org", "alice@example.org").ok());
  EXPECT_TRUE(AddAlias("sales@example.org", "bob@example.org").ok());
  EXPECT_TRUE(AddAlias("all@example.org", "sales@example.org").ok());
  EXPECT_THAT(Aliases("example.org"), ElementsAre("all@example.org sales@example.org",
                                                  "Sales@example.org alice@example.org",
                                                  "sales@example.org bob@example.org"));
  EXPECT_THAT(Aliases("example.com"), IsEmpty());
  EXPECT_TRUE(RemoveAlias("sales@example.org", "ALICE@example.org").ok());
  ExpectError(RemoveAlias("sales@example.org", "alice@example.org"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  EXPECT_TRUE(RemoveAlias("sales@example.org").ok());
  EXPECT_THAT(Aliases(), IsEmpty()) << "all@ had no other target";
}

TEST_F(AdminTest, RefusesBadAliases) {
  ASSERT_TRUE(AddAccount("alice@example.org").ok());
  ASSERT_TRUE(AddAlias("sales@example.org", "alice@example.org").ok());
  ExpectError(AddAlias("alice@example.org", "sales@example.org"), StatusCode::kAlreadyExists,
              ErrorDetail::REASON_ADDRESS_EXISTS);
  ExpectError(AddAlias("SALES@example.org", "alice@example.org"), StatusCode::kAlreadyExists,
              ErrorDetail::REASON_ADDRESS_EXISTS);
  ExpectError(AddAlias("all@example.org", "nobody@example.org"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  ExpectError(AddAlias("all@elsewhere.example", "alice@example.org"), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_FOUND);
  ExpectError(AddAlias("sales@example.org", "sales@example.org"), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_ADDRESS_INVALID);
  ExpectError(AddAlias("sales@example.org", "sales+x@example.org"), StatusCode::kInvalidArgument,
              ErrorDetail::REASON_ADDRESS_INVALID);
  ExpectError(AddAccount("sales@example.org"), StatusCode::kAlreadyExists,
              ErrorDetail::REASON_ADDRESS_EXISTS);
}

}  // namespace
}  // namespace posthorn::testing_support
