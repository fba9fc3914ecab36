// What sessions hold: maildrop locks, and watches on mailboxes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/changes.grpc.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;

class StoreSessionTest : public testing::Test {
 protected:
  void SetUp() override {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0, 0});
    replica_ = std::make_unique<Replica>(url_);
  }
  absl::StatusOr<v1::LockMaildropResponse> Lock(const std::string& holder) {
    v1::LockMaildropRequest request;
    *request.mutable_caller() = replica_->Caller(1);
    request.set_holder(holder);
    v1::LockMaildropResponse response;
    grpc::ClientContext context;
    const absl::Status status = rpc::FromGrpc(
        v1::Maildrop::NewStub(replica_->channel())->LockMaildrop(&context, request, &response));
    if (!status.ok()) {
      return status;
    }
    return response;
  }
  absl::StatusOr<uint32_t> Release(const std::string& holder, std::vector<uint32_t> runs) {
    v1::ReleaseMaildropRequest request;
    *request.mutable_caller() = replica_->Caller(1);
    request.set_holder(holder);
    request.mutable_delete_uids()->mutable_runs()->Add(runs.begin(), runs.end());
    v1::ReleaseMaildropResponse response;
    grpc::ClientContext context;
    const absl::Status status = rpc::FromGrpc(
        v1::Maildrop::NewStub(replica_->channel())->ReleaseMaildrop(&context, request, &response));
    if (!status.ok()) {
      return status;
    }
    return response.deleted();
  }
  absl::Status Renew(const std::string& holder) {
    v1::RenewMaildropRequest request;
    *request.mutable_caller() = replica_->Caller(1);
    request.set_holder(holder);
    v1::RenewMaildropResponse response;
    grpc::ClientContext context;
    return rpc::FromGrpc(
        v1::Maildrop::NewStub(replica_->channel())->RenewMaildrop(&context, request, &response));
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
  const std::string mine_ = std::string(16, 'm');
  const std::string theirs_ = std::string(16, 't');
};

TEST_F(StoreSessionTest, OneSessionHoldsTheMaildrop) {
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("p"), RandomKey()).ok());
  }
  const auto lock = Lock(mine_);
  ASSERT_TRUE(lock.ok()) << lock.status();
  EXPECT_THAT(lock->uids(), testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(lock->sizes_size(), 3);
  EXPECT_TRUE(Lock(mine_).ok());
  EXPECT_EQ(rpc::ReasonOf(Lock(theirs_).status()), ErrorDetail::REASON_MAILDROP_IN_USE);
  EXPECT_TRUE(Renew(mine_).ok());
  EXPECT_EQ(rpc::ReasonOf(Renew(theirs_)), ErrorDetail::REASON_MAILDROP_LOST);
  EXPECT_EQ(rpc::ReasonOf(Release(theirs_, {1, 0}).status()), ErrorDetail::REASON_MAILDROP_LOST);
  EXPECT_EQ(Release(mine_, {1, 1}).value(), 2u);
  EXPECT_EQ(Release(mine_, {1, 1}).value(), 0u);  // repeated: harmless
  EXPECT_THAT(Expand(replica_->Open(1, "INBOX")->uids()), testing::ElementsAre(3));
  EXPECT_TRUE(Lock(theirs_).ok());
  EXPECT_TRUE(Release(theirs_, {}).ok());
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreSessionTest, ADeadSessionLosesTheMaildrop) {
  ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("p"), RandomKey()).ok());
  ASSERT_TRUE(Lock(mine_).ok());
  store::Connection connection({.url = url_});
  connection.ExecText("test.expire",
                      "UPDATE maildrop_lock SET lease_until = now() - interval '1s'");
  EXPECT_TRUE(Renew(mine_).ok());  // nobody took it
  connection.ExecText("test.expire",
                      "UPDATE maildrop_lock SET lease_until = now() - interval '1s'");
  ASSERT_TRUE(Lock(theirs_).ok());
  EXPECT_EQ(rpc::ReasonOf(Renew(mine_)), ErrorDetail::REASON_MAILDROP_LOST);
  EXPECT_EQ(rpc::ReasonOf(Release(mine_, {1, 0}).status()), ErrorDetail::REASON_MAILDROP_LOST);
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
}

TEST_F(StoreSessionTest, ChangesOfFlagsAreToldWhole) {
  ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("f"), RandomKey()).ok());
  grpc::ClientContext context;
  auto stream = v1::Changes::NewStub(replica_->channel())->Watch(&context);
  v1::WatchRequest request;
  v1::WatchKey& key = *request.add_add();
  key.set_account_id(1);
  key.set_mailbox_id(1);
  ASSERT_TRUE(stream->Write(request));
  while (replica_->store().hub().Watched().empty()) {
    std::this_thread::yield();
  }
  const auto stored =
      replica_->StoreFlags(1, 1, {1}, v1::StoreFlagsRequest::MODE_ADD, v1::FLAG_FLAGGED);
  ASSERT_TRUE(stored.ok());
  const uint64_t modseq = stored->state().modseqs(0);
  v1::WatchResponse response;
  ASSERT_TRUE(stream->Read(&response));
  ASSERT_EQ(response.changes_size(), 1);
  const v1::Change& change = response.changes(0);
  EXPECT_EQ(change.modseq(), modseq);
  EXPECT_EQ(change.since_modseq(), modseq - 1);
  ASSERT_EQ(change.changed().uids_size(), 1);
  EXPECT_EQ(change.changed().uids(0), 1u);
  EXPECT_EQ(change.changed().flags(0), v1::FLAG_FLAGGED);
  EXPECT_EQ(change.changed().modseqs(0), modseq);
  // What brings a message is for the session to read.
  ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("g"), RandomKey()).ok());
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.changes(0).modseq(), modseq + 1);
  EXPECT_EQ(response.changes(0).since_modseq(), 0u);
  EXPECT_EQ(response.changes(0).changed().uids_size(), 0);
  replica_->store().hub().Close();
  while (stream->Read(&response)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(StoreSessionTest, ChangesReachEveryReplica) {
  Replica other(url_);
  grpc::ClientContext context;
  auto stream = v1::Changes::NewStub(other.channel())->Watch(&context);
  v1::WatchRequest request;
  v1::WatchKey& key = *request.add_add();
  key.set_account_id(1);
  key.set_mailbox_id(1);
  ASSERT_TRUE(stream->Write(request));
  // The watch may start after the first deliveries: it hears of a later one.
  std::atomic<bool> heard = false;
  std::thread sender([&] {
    while (!heard) {
      EXPECT_TRUE(replica_->Deliver({1}, MakeMessage("c"), RandomKey()).ok());
      EXPECT_TRUE(replica_->Deliver({2}, MakeMessage("c"), RandomKey()).ok());
    }
  });
  v1::WatchResponse response;
  do {
    ASSERT_TRUE(stream->Read(&response));
  } while (response.changes().empty());
  heard = true;
  sender.join();
  EXPECT_EQ(response.changes(0).account_id(), 1u);
  EXPECT_EQ(response.changes(0).mailbox_id(), 1u);
  EXPECT_GT(response.changes(0).modseq(), 1u);
  other.store().hub().Close();
  while (stream->Read(&response)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace posthorn::component
