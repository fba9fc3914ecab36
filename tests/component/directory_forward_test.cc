// Mail that an address here sends on, and who may send from which address.
#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "directory_fixture.h"
#include "mail/srs.h"
#include "mailstore/auth/login_repository.h"

namespace posthorn::testing_support {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::IsEmpty;
using v1::ErrorDetail;

class ForwardTest : public DirectoryTest {
 protected:
  ForwardTest() {
    EXPECT_TRUE(AddAccount("alice@example.org").ok());
    EXPECT_TRUE(AddAccount("bob@example.org").ok());
    alice_ = IdOf("alice@example.org");
    bob_ = IdOf("bob@example.org");
  }
  absl::Status CheckSender(uint64_t account, const std::string& address) {
    const absl::Time now = absl::Now();
    v1::CheckSenderRequest request;
    request.mutable_caller()->set_ticket(
        server_.tickets().Sign({store::AccountId(account), now, now + absl::Minutes(5), 1}));
    request.set_address(address);
    v1::CheckSenderResponse response;
    return Call(*directory_, &v1::Directory::Stub::CheckSender, request, &response);
  }
  uint64_t alice_ = 0;
  uint64_t bob_ = 0;
};

TEST_F(ForwardTest, AliasesLeadOutside) {
  ASSERT_TRUE(AddAlias("list@example.org", "alice@example.org").ok());
  ASSERT_TRUE(AddAlias("list@example.org", "Carol@Far.Example").ok());
  ASSERT_TRUE(AddAlias("away@example.org", "list@example.org").ok());
  ASSERT_TRUE(AddAlias("away@example.org", "carol@far.example").ok());
  ASSERT_TRUE(AddAlias("gone@example.org", "dave@far.example").ok());
  const auto list = Resolve("list@example.org");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(list->account_ids(), ElementsAre(alice_));
  EXPECT_THAT(list->forwards(), ElementsAre("Carol@far.example"));
  EXPECT_FALSE(list->rewritten_sender());
  // Both paths lead to one address.
  EXPECT_THAT(Resolve("away@example.org")->account_ids(), ElementsAre(alice_));
  EXPECT_EQ(Resolve("away@example.org")->forwards_size(), 1);
  const auto gone = Resolve("gone+detail@example.org");
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_THAT(gone->account_ids(), IsEmpty());
  EXPECT_THAT(gone->forwards(), ElementsAre("dave@far.example"));
}

TEST_F(ForwardTest, ACatchAllGetsWhatNobodyHas) {
  ASSERT_TRUE(AddAlias("@example.org", "bob@example.org").ok());
  EXPECT_THAT(Behind("nobody+x@example.org"), ElementsAre(bob_));
  EXPECT_EQ(Resolve("nobody+x@example.org")->detail(), "");
  EXPECT_THAT(Behind("alice@example.org"), ElementsAre(alice_));
  EXPECT_THAT(Behind("alice+x@example.org"), ElementsAre(alice_));
  ExpectError(Resolve("nobody@elsewhere.example").status(), StatusCode::kNotFound,
              ErrorDetail::REASON_NOT_LOCAL);
}

TEST_F(ForwardTest, ARewrittenSenderFindsBack) {
  auto load = [](store::Connection& connection) -> absl::StatusOr<std::vector<std::string>> {
    return store::LoadSrsKeys(connection);
  };
  const std::vector<std::string> keys = *server_.database().RunBlocking(load);
  const int64_t today = absl::ToUnixSeconds(absl::Now()) / 86'400;
  const mail::MailboxAddress eve{.local_part = "eve", .domain = "far.example"};
  const auto rewritten = mail::SrsForward(eve, "example.org", keys, today);
  ASSERT_TRUE(rewritten.ok());
  const auto found = Resolve(rewritten->ToString());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->rewritten_sender());
  EXPECT_THAT(found->forwards(), ElementsAre("eve@far.example"));
  const auto old = mail::SrsForward(eve, "example.org", keys, today - 40);
  const std::vector<std::string> other_keys = {std::string(32, 'x')};
  const auto forged = mail::SrsForward(eve, "example.org", other_keys, today);
  for (const auto& address : {old, forged}) {
    ExpectError(Resolve(address->ToString()).status(), StatusCode::kNotFound,
                ErrorDetail::REASON_UNKNOWN_RECIPIENT);
  }
  EXPECT_FALSE(Resolve(absl::StrCat(rewritten->local_part, "@elsewhere.example")).ok());
}

TEST_F(ForwardTest, AUserSendsFromWhatLeadsToIt) {
  ASSERT_TRUE(AddAlias("sales@example.org", "alice@example.org").ok());
  ASSERT_TRUE(AddAlias("all@example.org", "sales@example.org").ok());
  for (const char* address :
       {"alice@example.org", "ALICE+x@example.org", "sales@example.org", "all+y@example.org"}) {
    EXPECT_TRUE(CheckSender(alice_, address).ok()) << address;
  }
  for (const char* address :
       {"bob@example.org", "nobody@example.org", "alice@far.example", "no address", ""}) {
    ExpectError(CheckSender(alice_, address), StatusCode::kPermissionDenied,
                ErrorDetail::REASON_FORBIDDEN);
  }
  ExpectError(CheckSender(bob_, "sales@example.org"), StatusCode::kPermissionDenied,
              ErrorDetail::REASON_FORBIDDEN);
  v1::CheckSenderRequest request;
  request.set_address("alice@example.org");
  v1::CheckSenderResponse response;
  ExpectError(Call(*directory_, &v1::Directory::Stub::CheckSender, request, &response),
              StatusCode::kUnauthenticated, ErrorDetail::REASON_TICKET_INVALID);
}

}  // namespace
}  // namespace posthorn::testing_support
