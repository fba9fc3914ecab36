// What sessions are told of changes: in parts, each change once, whatever happens meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Le;
using testing_support::PrivatePostgres;
using v1::StoreFlagsRequest;

constexpr uint32_t kMany = 10'000;
constexpr int kPart = 4'096;

std::vector<uint32_t> UpTo(uint32_t last) {
  std::vector<uint32_t> uids(last);
  std::iota(uids.begin(), uids.end(), 1);
  return uids;
}

class StoreSyncTest : public testing::Test {
 protected:
  void SetUp() override {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0});
    replica_ = std::make_unique<Replica>(url_);
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("one"), RandomKey()).ok());
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), IsEmpty());
  }

  // The message becomes so many, as if it had been copied.
  void Multiply(uint32_t count) {
    store::Connection connection({.url = url_});
    for (const std::string& sql :
         {absl::StrCat("INSERT INTO message SELECT account_id, modseq, blob_id, internal_date, "
                       "save_date, keywords, mailbox_id, uid + g, size, flags FROM message, "
                       "generate_series(1, ",
                       count - 1, ") g"),
          absl::StrCat("INSERT INTO blob_ref SELECT account_id, blob_id, ", count, " FROM blob"),
          absl::StrCat("UPDATE mailbox SET uidnext = ", count + 1, ", n_messages = ", count,
                       ", n_unseen = ", count, ", size = size * ", count, " WHERE n_messages > 0"),
          absl::StrCat("UPDATE account SET used_messages = ", count, ", used_bytes = used_bytes * ",
                       count, " WHERE used_messages > 0")}) {
      connection.ExecText("test.multiply", sql);
    }
    replica_ = std::make_unique<Replica>(url_);
  }

  v1::SyncMailboxRequest Since(uint64_t modseq, uint32_t known_uidnext) {
    v1::SyncMailboxRequest request;
    request.mutable_mailbox()->set_mailbox_id(1);
    request.set_since_modseq(modseq);
    request.set_known_uidnext(known_uidnext);
    return request;
  }

  v1::SyncMailboxResponse Sync(Replica& replica, v1::SyncMailboxRequest& request) {
    *request.mutable_caller() = replica.Caller(1);
    auto stub = v1::Message::NewStub(replica.channel());
    grpc::ClientContext context;
    v1::SyncMailboxResponse response;
    const absl::Status status = rpc::FromGrpc(stub->SyncMailbox(&context, request, &response));
    EXPECT_TRUE(status.ok()) << status;
    return response;
  }

  // The next part of an answer; its UIDs are added to `told`.
  v1::SyncMailboxResponse Next(Replica& replica, v1::SyncMailboxRequest& request,
                               std::vector<uint32_t>& told) {
    v1::SyncMailboxResponse part = Sync(replica, request);
    EXPECT_LE(part.changed().uids_size(), kPart);
    told.insert(told.end(), part.changed().uids().begin(), part.changed().uids().end());
    if (request.until_modseq() == 0) {
      request.set_until_modseq(part.highest_modseq());
    }
    if (part.more()) {
      request.set_after_uid(told.back());
    }
    return part;
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreSyncTest, ManyChangesComeInParts) {
  Multiply(kMany);
  const uint64_t before = replica_->Open(1, "INBOX")->counters().highest_modseq();
  replica_->StoreFlags(1, 1, UpTo(kMany), StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN).value();
  v1::SyncMailboxRequest request = Since(before, kMany + 1);
  std::vector<uint32_t> told;
  EXPECT_TRUE(Next(*replica_, request, told).more());
  EXPECT_EQ(told.size(), static_cast<size_t>(kPart));
  // Through another replica, which has nothing in memory.
  Replica other(url_);
  EXPECT_TRUE(Next(other, request, told).more());
  EXPECT_FALSE(Next(*replica_, request, told).more());
  EXPECT_EQ(told, UpTo(kMany));
  v1::SyncMailboxRequest again = Since(request.until_modseq(), kMany + 1);
  EXPECT_THAT(Sync(other, again).changed().uids(), IsEmpty());
}

TEST_F(StoreSyncTest, WhatHappensBetweenPartsIsLeftToTheNextCall) {
  Multiply(kMany);
  const uint64_t before = replica_->Open(1, "INBOX")->counters().highest_modseq();
  replica_->StoreFlags(1, 1, UpTo(kMany), StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN).value();
  v1::SyncMailboxRequest request = Since(before, kMany + 1);
  std::vector<uint32_t> told;
  EXPECT_TRUE(Next(*replica_, request, told).more());
  // One that was told, two that were not.
  replica_->StoreFlags(1, 1, {1, kMany}, StoreFlagsRequest::MODE_ADD, v1::FLAG_FLAGGED).value();
  replica_->StoreFlags(1, 1, {kMany - 1}, StoreFlagsRequest::MODE_ADD, v1::FLAG_DELETED).value();
  replica_->Expunge(1, 1).value();
  ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("late"), RandomKey()).ok());
  bool more = true;
  while (more) {
    const v1::SyncMailboxResponse part = Next(*replica_, request, told);
    EXPECT_THAT(part.changed().modseqs(), Each(Le(request.until_modseq())));
    EXPECT_THAT(part.vanished().runs(), IsEmpty());
    EXPECT_THAT(part.arrived().runs(), IsEmpty());
    more = part.more();
  }
  EXPECT_EQ(told, UpTo(kMany - 2));
  v1::SyncMailboxRequest next = Since(request.until_modseq(), kMany + 1);
  const v1::SyncMailboxResponse rest = Sync(*replica_, next);
  EXPECT_THAT(rest.changed().uids(), ElementsAre(1, kMany));
  EXPECT_THAT(Expand(rest.vanished()), ElementsAre(kMany - 1));
  EXPECT_THAT(Expand(rest.arrived()), ElementsAre(kMany + 1));
}

TEST_F(StoreSyncTest, ArrivalsAreRuns) {
  Multiply(kMany);
  v1::SyncMailboxRequest request = Since(0, 2);
  const v1::SyncMailboxResponse all = Sync(*replica_, request);
  EXPECT_THAT(all.arrived().runs(), ElementsAre(2, kMany - 2));
  EXPECT_THAT(all.changed().uids(), ElementsAre(1));
  EXPECT_FALSE(all.more());
}

TEST_F(StoreSyncTest, ChangesUpToAState) {
  const auto opened = replica_->Open(1, "INBOX");
  replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN).value();
  v1::SyncMailboxRequest request = Since(0, 2);
  request.set_until_modseq(opened->counters().highest_modseq());
  EXPECT_THAT(Sync(*replica_, request).changed().uids(), IsEmpty());
  request.set_until_modseq(opened->counters().highest_modseq() + 1);
  EXPECT_THAT(Sync(*replica_, request).changed().uids(), ElementsAre(1));
}

TEST_F(StoreSyncTest, WhereNothingHasChangedNoIndexIsLoaded) {
  replica_->StoreFlags(1, 1, {1}, StoreFlagsRequest::MODE_ADD, 0, {"$Work"}).value();
  const auto opened = replica_->Open(1, "INBOX");
  Replica other(url_);
  v1::SyncMailboxRequest request =
      Since(opened->counters().highest_modseq(), opened->counters().uidnext());
  const v1::SyncMailboxResponse same = Sync(other, request);
  EXPECT_EQ(same.highest_modseq(), opened->counters().highest_modseq());
  EXPECT_EQ(same.uidnext(), opened->counters().uidnext());
  EXPECT_THAT(same.keywords(), ElementsAre("$Work"));
  EXPECT_THAT(same.changed().uids(), IsEmpty());
  EXPECT_EQ(other.store().indexes().bytes(), 0u);
  ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("two"), RandomKey()).ok());
  EXPECT_THAT(Expand(Sync(other, request).arrived()), ElementsAre(2));
  EXPECT_GT(other.store().indexes().bytes(), 0u);
}

}  // namespace
}  // namespace posthorn::component
