// Flags, copies, removals, mailboxes and their counters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing_support::PrivatePostgres;
using v1::ErrorDetail;
using v1::StoreFlagsRequest;

class StoreMailboxTest : public testing::Test {
 protected:
  void SetUp() override {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0, 0});
    replica_ = std::make_unique<Replica>(url_);
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), IsEmpty());
  }
  void Fill(int count, uint64_t account = 1) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(
          replica_->Deliver({account}, MakeMessage("m" + std::to_string(i)), RandomKey()).ok());
    }
  }
  template <typename Request, typename Response>
  absl::StatusOr<Response> Mailbox(grpc::Status (v1::Mailbox::Stub::*method)(grpc::ClientContext*,
                                                                             const Request&,
                                                                             Response*),
                                   Request request) {
    auto stub = v1::Mailbox::NewStub(replica_->channel());
    *request.mutable_caller() = replica_->Caller(1);
    grpc::ClientContext context;
    Response response;
    const absl::Status status = rpc::FromGrpc(((*stub).*method)(&context, request, &response));
    if (!status.ok()) {
      return status;
    }
    return response;
  }
  absl::StatusOr<v1::CreateMailboxResponse> Make(const std::string& name, const std::string& key) {
    v1::CreateMailboxRequest request;
    request.set_name(name);
    request.set_idempotency_key(key);
    return Mailbox(&v1::Mailbox::Stub::CreateMailbox, request);
  }
  absl::Status Create(const std::string& name) { return Make(name, "").status(); }
  absl::Status Delete(const std::string& name, const std::string& key = "") {
    v1::DeleteMailboxRequest request;
    request.set_name(name);
    request.set_idempotency_key(key);
    return Mailbox(&v1::Mailbox::Stub::DeleteMailbox, request).status();
  }
  absl::Status Rename(const std::string& from, const std::string& to, const std::string& key = "") {
    v1::RenameMailboxRequest request;
    request.set_idempotency_key(key);
    request.set_from(from);
    request.set_to(to);
    return Mailbox(&v1::Mailbox::Stub::RenameMailbox, request).status();
  }
  absl::Status Subscribe(const std::string& name, bool subscribed) {
    v1::SetSubscribedRequest request;
    request.set_name(name);
    request.set_subscribed(subscribed);
    return Mailbox(&v1::Mailbox::Stub::SetSubscribed, request).status();
  }
  // Names with a mailbox plain, others in brackets.
  std::vector<std::string> List() {
    std::vector<std::string> names;
    const auto list = Mailbox(&v1::Mailbox::Stub::ListMailboxes, v1::ListMailboxesRequest());
    for (const v1::MailboxEntry& entry : list->mailboxes()) {
      names.push_back(entry.has_mailbox_id() ? entry.name() : "(" + entry.name() + ")");
    }
    return names;
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreMailboxTest, FlagsAndKeywords) {
  Fill(3);
  const auto added = replica_->StoreFlags(1, 1, {1, 3, 9}, StoreFlagsRequest::MODE_ADD,
                                          v1::FLAG_SEEN | v1::FLAG_FLAGGED, {"$Junk"});
  ASSERT_TRUE(added.ok()) << added.status();
  EXPECT_THAT(added->state().uids(), ElementsAre(1, 3));
  EXPECT_THAT(added->state().flags(), ElementsAre(5, 5));
  EXPECT_THAT(added->state().keywords(), ElementsAre(1, 1));
  EXPECT_THAT(added->keywords(), ElementsAre("$Junk"));
  // Keywords compare without case, and nothing changes what is so already.
  const auto same =
      replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN, {"$JUNK"});
  EXPECT_EQ(same->highest_modseq(), added->highest_modseq());
  EXPECT_THAT(same->modseqs_before(), ElementsAre(added->state().modseqs(0)));
  const auto removed = replica_->StoreFlags(1, 1, {1, 2, 3}, StoreFlagsRequest::MODE_REMOVE,
                                            v1::FLAG_SEEN, {"Never"});
  EXPECT_THAT(removed->state().flags(), ElementsAre(4, 0, 4));
  EXPECT_THAT(removed->keywords(), ElementsAre("$Junk"));
  const auto replaced =
      replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_REPLACE, v1::FLAG_DELETED, {});
  EXPECT_THAT(replaced->state().flags(), ElementsAre(8));
  EXPECT_THAT(replaced->state().keywords(), ElementsAre(0));
  const auto open = replica_->Open(1, "INBOX");
  EXPECT_EQ(open->counters().unseen(), 3u);
  EXPECT_EQ(open->counters().deleted(), 1u);
  // Through another replica, which has nothing in memory.
  Replica other(url_);
  const auto sync = other.Sync(1, 1, added->highest_modseq(), 4);
  EXPECT_THAT(sync->changed().uids(), ElementsAre(1, 3));
}

TEST_F(StoreMailboxTest, KeywordsAreLimited) {
  Fill(1);
  for (int i = 0; i < 63; ++i) {
    ASSERT_TRUE(
        replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, 0, {"k" + std::to_string(i)})
            .ok());
  }
  const auto over = replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, 0, {"k63"});
  EXPECT_EQ(rpc::ReasonOf(over.status()), ErrorDetail::REASON_TOO_MANY);
  EXPECT_FALSE(replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, 0, {"a b"}).ok());
  EXPECT_FALSE(replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, 64, {}).ok());
}

TEST_F(StoreMailboxTest, CopyMoveExpunge) {
  Fill(5);
  replica_->StoreFlags(1, 1, {2, 4}, StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN, {"x", "y"})
      .value();
  const std::string key = RandomKey();
  const auto copy = replica_->Copy(1, 1, {2, 4, 8}, "Archive", false, key);
  ASSERT_TRUE(copy.ok()) << copy.status();
  EXPECT_THAT(Expand(copy->source_uids()), ElementsAre(2, 4));
  EXPECT_THAT(Expand(copy->destination_uids()), ElementsAre(1, 2));
  const auto again = replica_->Copy(1, 1, {2, 4, 8}, "Archive", false, key);
  EXPECT_THAT(Expand(again->destination_uids()), ElementsAre(1, 2));
  const auto archive = replica_->Open(1, "Archive");
  EXPECT_EQ(archive->counters().messages(), 2u);
  EXPECT_EQ(archive->counters().unseen(), 0u);
  EXPECT_THAT(archive->keywords(), ElementsAre("x", "y"));
  EXPECT_EQ(*replica_->Body(1, archive->mailbox().mailbox_id(), 2), *replica_->Body(1, 1, 4));
  const auto moved = replica_->Copy(1, 1, {1, 2}, "Trash", true, RandomKey());
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_THAT(Expand(replica_->Open(1, "INBOX")->uids()), ElementsAre(3, 4, 5));
  EXPECT_EQ(replica_->Open(1, "Trash")->counters().messages(), 2u);
  replica_->StoreFlags(1, 1, {4, 5}, StoreFlagsRequest::MODE_ADD, v1::FLAG_DELETED).value();
  const auto expunged = replica_->Expunge(1, 1);
  ASSERT_TRUE(expunged.ok()) << expunged.status();
  EXPECT_THAT(Expand(expunged->expunged()), ElementsAre(4, 5));
  const auto missing = replica_->Copy(1, 1, {3}, "Nowhere", false, RandomKey());
  EXPECT_EQ(rpc::ReasonOf(missing.status()), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  // The body that a copy still has is not deleted with the message.
  EXPECT_TRUE(replica_->Body(1, archive->mailbox().mailbox_id(), 2).ok());
  // What a session that knew all five is told.
  Replica other(url_);
  const auto sync = other.Sync(1, 1, 6, 6);
  EXPECT_THAT(Expand(sync->vanished()), ElementsAre(1, 2, 4, 5));
}

TEST_F(StoreMailboxTest, ManyWritersKeepCountersRight) {
  Fill(40);
  Replica other(url_);
  const auto work = [&](Replica& replica, unsigned seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < 60; ++i) {
      const uint32_t uid = 1 + random() % 60;
      switch (random() % 6) {
        case 0:
          EXPECT_TRUE(replica.Deliver({1}, MakeMessage("w"), RandomKey()).ok());
          break;
        case 1:
        case 2:
          EXPECT_TRUE(replica
                          .StoreFlags(1, 1, {uid, uid + 1},
                                      random() % 2 == 0 ? StoreFlagsRequest::MODE_ADD
                                                        : StoreFlagsRequest::MODE_REMOVE,
                                      random() % 16)
                          .ok());
          break;
        case 3:
          EXPECT_TRUE(replica.Copy(1, 1, {uid, uid + 3}, "Archive", false, RandomKey()).ok());
          break;
        case 4:
          EXPECT_TRUE(replica.Copy(1, 1, {uid}, "Trash", true, RandomKey()).ok());
          break;
        case 5:
          EXPECT_TRUE(replica.Expunge(1, 1).ok());
          break;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 1; seed <= 6; ++seed) {
    threads.emplace_back([&, seed] { work(seed % 2 == 0 ? *replica_ : other, seed); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  // Both replicas and the database agree on what is there.
  for (const char* name : {"INBOX", "Archive", "Trash"}) {
    const auto here = replica_->Open(1, name);
    const auto there = other.Open(1, name);
    EXPECT_EQ(Expand(here->uids()), Expand(there->uids()));
    EXPECT_EQ(here->counters().SerializeAsString(), there->counters().SerializeAsString());
    EXPECT_EQ(Expand(here->uids()).size(), here->counters().messages());
    const auto flags = [&](Replica& replica) {
      return replica.Metadata(1, here->mailbox().mailbox_id(), Expand(here->uids()))
          ->flags()
          .SerializeAsString();
    };
    EXPECT_EQ(flags(*replica_), flags(other));
  }
}

TEST_F(StoreMailboxTest, RecentIsClaimedOnce) {
  Fill(2);
  EXPECT_EQ(replica_->Open(1, "INBOX", true)->recent_from_uid(), 1u);
  EXPECT_EQ(replica_->Open(1, "INBOX", false)->recent_from_uid(), 1u);
  EXPECT_EQ(replica_->Open(1, "INBOX", false)->recent_from_uid(), 3u);
  Replica other(url_);
  EXPECT_EQ(other.Open(1, "INBOX", false)->recent_from_uid(), 3u);
}

TEST_F(StoreMailboxTest, Names) {
  EXPECT_TRUE(Create("a/b/c").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create("a/b/c")));
  EXPECT_THAT(List(), ElementsAre("Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash", "(a)",
                                  "(a/b)", "a/b/c"));
  EXPECT_TRUE(Create("a").ok());
  EXPECT_EQ(rpc::ReasonOf(Delete("INBOX")), ErrorDetail::REASON_MAILBOX_PROTECTED);
  EXPECT_EQ(rpc::ReasonOf(Delete("a/b")), ErrorDetail::REASON_MAILBOX_HAS_CHILDREN);
  EXPECT_EQ(rpc::ReasonOf(Delete("zzz")), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  for (const char* bad : {"", "/a", "a/", "a//b", "inbox", "Inbox/x", "a\nb"}) {
    EXPECT_EQ(rpc::ReasonOf(Create(bad)), ErrorDetail::REASON_MAILBOX_NAME_INVALID) << bad;
  }
  ASSERT_TRUE(replica_->Append(1, "a/b/c", MakeMessage("kept"), RandomKey()).ok());
  EXPECT_TRUE(Subscribe("a/b/c", true).ok());
  EXPECT_TRUE(Rename("a", "z").ok());
  EXPECT_EQ(replica_->Open(1, "z/b/c")->counters().messages(), 1u);
  // The subscription stays with the name (RFC 9051 6.3.8).
  EXPECT_THAT(List(), ElementsAre("Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash", "(a/b/c)",
                                  "z", "(z/b)", "z/b/c"));
}

TEST_F(StoreMailboxTest, ADeletedMailboxIsGoneWithItsMail) {
  ASSERT_TRUE(Create("old").ok());
  Fill(3);
  const auto before = replica_->Open(1, "old");
  replica_->Copy(1, 1, {1, 2}, "old", false, RandomKey()).value();
  replica_->Copy(1, 1, {3}, "old", true, RandomKey()).value();
  ASSERT_TRUE(Delete("old").ok());
  EXPECT_FALSE(replica_->Open(1, "old").ok());
  EXPECT_TRUE(replica_->Sync(1, before->mailbox().mailbox_id(), 0, 1)->deleted());
  ASSERT_TRUE(Create("old").ok());
  const auto after = replica_->Open(1, "old");
  EXPECT_GT(after->counters().uidvalidity(), before->counters().uidvalidity());
  EXPECT_EQ(after->counters().messages(), 0u);
}

TEST_F(StoreMailboxTest, RenamingInboxMovesItsMessages) {
  Fill(3);
  replica_->StoreFlags(1, 1, {2}, StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN, {"$Work"}).value();
  replica_->Copy(1, 1, {1}, "Archive", false, RandomKey()).value();
  const auto before = replica_->Open(1, "INBOX");
  ASSERT_TRUE(Rename("INBOX", "2026").ok());
  const auto moved = replica_->Open(1, "2026");
  EXPECT_EQ(moved->counters().messages(), 3u);
  EXPECT_EQ(moved->counters().unseen(), 2u);
  EXPECT_THAT(moved->keywords(), ElementsAre("$Work"));
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 0u);
  const auto sync = replica_->Sync(1, 1, before->counters().highest_modseq(), 4);
  EXPECT_THAT(Expand(sync->vanished()), ElementsAre(1, 2, 3));
  EXPECT_EQ(rpc::ReasonOf(Rename("INBOX", "2026")), ErrorDetail::REASON_MAILBOX_EXISTS);
}

TEST_F(StoreMailboxTest, ARenameOfInboxIsWholeOrNotAtAll) {
  Fill(3);
  store::Connection connection({.url = url_});
  connection.ExecText("test.refuse",
                      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
                      "EXCEPTION 'on purpose'; END $$; CREATE TRIGGER refuse BEFORE DELETE ON "
                      "message FOR EACH ROW EXECUTE FUNCTION refuse()");
  EXPECT_FALSE(Rename("INBOX", "2026").ok());
  EXPECT_FALSE(replica_->Open(1, "2026").ok());
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 3u);
  connection.ExecText("test.heal", "DROP TRIGGER refuse ON message");
  EXPECT_TRUE(Rename("INBOX", "2026").ok());
}

// RFC 5464 4.1: a copy counts as what is set does.
TEST_F(StoreMailboxTest, ARenameOfInboxKeepsTheLimitsOfAnnotations) {
  store::Connection connection({.url = url_});
  const auto fill = [&](int user, int mailbox, int count) {
    connection.ExecText(
        "test.fill", absl::StrCat("INSERT INTO annotation (account_id, user_id, mailbox_id, entry, "
                                  "value) SELECT 1, ",
                                  user, ", ", mailbox, ", '/e' || n, 'v' FROM generate_series(1, ",
                                  count, ") n"));
  };
  const auto count = [&](int user) {
    return connection
        .ExecText("test.count",
                  absl::StrCat("SELECT count(*) FROM annotation WHERE user_id = ", user))[0][0]
        .as<int>();
  };
  for (const int user : {0, 1}) {
    SCOPED_TRACE(user);
    fill(user, 1, 100);
    fill(user, 2, 9'801);
    EXPECT_EQ(rpc::ReasonOf(Rename("INBOX", "2026")), ErrorDetail::REASON_TOO_MANY);
    EXPECT_EQ(count(user), 9'901);
    connection.ExecText("test.remove", "DELETE FROM annotation WHERE mailbox_id = 2");
  }
  // Of another user what does not fit is left out.
  fill(2, 1, 100);
  fill(2, 2, 9'801);
  EXPECT_TRUE(Rename("INBOX", "2026").ok());
  EXPECT_EQ(count(0), 200);
  EXPECT_EQ(count(1), 200);
  EXPECT_EQ(count(2), 9'901);
  connection.ExecText("test.remove",
                      "DELETE FROM annotation WHERE entry = '/e1' AND mailbox_id = 2");
  EXPECT_TRUE(Rename("INBOX", "2027").ok());
  EXPECT_EQ(count(2), 10'000);
}

// As a gateway does that has lost an answer: again, with the same key, at another replica.
TEST_F(StoreMailboxTest, ARepeatedCallGetsTheFirstAnswer) {
  Fill(2);
  const auto both = [this](const std::function<void()>& call) {
    call();
    std::unique_ptr<Replica> first = std::exchange(replica_, std::make_unique<Replica>(url_));
    call();
    replica_ = std::move(first);
    call();
  };
  const std::string create = RandomKey();
  std::set<uint32_t> ids;
  both([&] {
    const auto made = Make("a", create);
    ASSERT_TRUE(made.ok()) << made.status();
    ids.insert(made->mailbox_id());
  });
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_TRUE(absl::IsAlreadyExists(Make("a", RandomKey()).status()));
  const std::string rename = RandomKey();
  both([&] { EXPECT_TRUE(Rename("a", "b", rename).ok()); });
  const std::string remove = RandomKey();
  both([&] { EXPECT_TRUE(Delete("b", remove).ok()); });
  EXPECT_EQ(rpc::ReasonOf(Delete("b", RandomKey())), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  const std::string inbox = RandomKey();
  both([&] { EXPECT_TRUE(Rename("INBOX", "2026", inbox).ok()); });
  EXPECT_EQ(replica_->Open(1, "2026")->counters().messages(), 2u);
  // A key stands for one call, and a call that failed leaves none.
  EXPECT_TRUE(absl::IsInvalidArgument(Delete("2026", create)));
  EXPECT_TRUE(absl::IsInvalidArgument(Make("x", "short").status()));
  const std::string later = RandomKey();
  EXPECT_FALSE(Rename("c", "d", later).ok());
  ASSERT_TRUE(Create("c").ok());
  EXPECT_TRUE(Rename("c", "d", later).ok());
}

TEST_F(StoreMailboxTest, Search) {
  Fill(12);
  ASSERT_TRUE(
      replica_->Append(1, "INBOX", MakeMessage("needle", 90'000), RandomKey(), v1::FLAG_SEEN).ok());
  v1::SearchKey subject;
  subject.mutable_header()->set_name("Subject");
  subject.mutable_header()->set_value("M1");
  EXPECT_THAT(*replica_->Search(1, 1, subject), ElementsAre(2, 11, 12));
  v1::SearchKey body;
  body.set_body("OF NEEDLE, WHICH");
  EXPECT_THAT(*replica_->Search(1, 1, body), ElementsAre(13));
  v1::SearchKey both;
  *both.mutable_any_of()->add_keys() = subject;
  *both.mutable_any_of()->add_keys() = body;
  v1::SearchKey unseen;
  unseen.mutable_flags()->set_unset(v1::FLAG_SEEN);
  v1::SearchKey all;
  *all.mutable_all_of()->add_keys() = both;
  *all.mutable_all_of()->add_keys() = unseen;
  EXPECT_THAT(*replica_->Search(1, 1, all), ElementsAre(2, 11, 12));
  v1::SearchKey none;
  *none.mutable_none_of() = all;
  EXPECT_EQ(replica_->Search(1, 1, none)->size(), 10u);
  v1::SearchKey text;
  text.set_text("message-id: <m3@");
  EXPECT_THAT(*replica_->Search(1, 1, text), ElementsAre(4));
  v1::SearchKey days;
  days.mutable_days()->set_sent(true);
  days.mutable_days()->set_from_day(20'780);  // 2026-11-23
  days.mutable_days()->set_before_day(20'781);
  EXPECT_EQ(replica_->Search(1, 1, days)->size(), 13u);
  v1::SearchKey large;
  large.mutable_size()->set_larger(50'000);
  EXPECT_THAT(*replica_->Search(1, 1, large), ElementsAre(13));
}

TEST_F(StoreMailboxTest, OneAccountCannotTouchAnother) {
  Fill(1, 2);
  auto stub = v1::Message::NewStub(replica_->channel());
  v1::SyncMailboxRequest request;
  *request.mutable_caller() = replica_->Caller(1);
  request.mutable_mailbox()->set_account_id(2);
  request.mutable_mailbox()->set_mailbox_id(1);
  grpc::ClientContext context;
  v1::SyncMailboxResponse response;
  const auto status = rpc::FromGrpc(stub->SyncMailbox(&context, request, &response));
  EXPECT_EQ(rpc::ReasonOf(status), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  request.mutable_caller()->set_ticket("forged");
  grpc::ClientContext second;
  EXPECT_EQ(rpc::ReasonOf(rpc::FromGrpc(stub->SyncMailbox(&second, request, &response))),
            ErrorDetail::REASON_TICKET_INVALID);
}

}  // namespace
}  // namespace posthorn::component
