// Long messages, which come into the database in pieces: what a crash takes of them before they are
// a message is never part of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/substitute.h"
#include "common/rpc/status.h"
#include "mailstore/batch/transact.h"
#include "mailstore/db/connection.h"
#include "mailstore/storage/body_writer.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;

// Of a message's octets: more than what is uploaded at once, and not twice as much.
constexpr size_t kFirstPiece = 500'000;

// A call that brings a message, frame by frame as the test says.
class Sending {
 public:
  virtual ~Sending() = default;
  virtual void Send(const std::string& octets, bool last) = 0;
  // What came of it.
  virtual absl::Status Finish() = 0;
};

template <typename Request, typename Response>
class SendingBy : public Sending {
 public:
  void Send(const std::string& octets, bool last) override {
    constexpr size_t kFrame = 100'000;
    for (size_t at = 0; at < octets.size(); at += kFrame) {
      request_.set_data(octets.substr(at, kFrame));
      request_.set_last(last && at + kFrame >= octets.size());
      writer_->Write(request_);
      request_.Clear();
    }
  }
  absl::Status Finish() override {
    writer_->WritesDone();
    return rpc::FromGrpc(writer_->Finish());
  }

 protected:
  grpc::ClientContext context_;
  Response response_;
  Request request_;
  std::unique_ptr<grpc::ClientWriter<Request>> writer_;
};

class Delivering final : public SendingBy<v1::DeliverRequest, v1::DeliverResponse> {
 public:
  Delivering(Replica& replica, uint64_t account, const std::string& key)
      : stub_(v1::Delivery::NewStub(replica.channel())) {
    request_.mutable_start()->set_idempotency_key(key);
    request_.mutable_start()->add_account_ids(account);
    writer_ = stub_->Deliver(&context_, &response_);
  }

 private:
  std::unique_ptr<v1::Delivery::Stub> stub_;
};

class Appending final : public SendingBy<v1::AppendRequest, v1::AppendResponse> {
 public:
  Appending(Replica& replica, uint64_t account, const std::string& key)
      : stub_(v1::Message::NewStub(replica.channel())) {
    v1::AppendStart& start = *request_.mutable_start();
    *start.mutable_caller() = replica.Caller(account);
    start.set_mailbox("INBOX");
    start.set_idempotency_key(key);
    request_.mutable_message();
    writer_ = stub_->Append(&context_, &response_);
  }

 private:
  std::unique_ptr<v1::Message::Stub> stub_;
};

class StoreUploadTest : public testing::Test {
 protected:
  void Prepare(size_t accounts) {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, std::vector<int64_t>(accounts, 0));
    replica_ = std::make_unique<Replica>(url_);
    connection_ = std::make_unique<store::Connection>(store::ConnectionOptions{.url = url_});
  }
  void Execute(const std::string& sql) { connection_->ExecText("test.execute", sql); }
  // Until a piece of a message for the account is in the database.
  void AwaitUpload(uint64_t account) {
    const std::string sql =
        absl::Substitute("SELECT count(*) FROM blob_chunk WHERE account_id = $0", account);
    while (connection_->ExecText("test.count", sql)[0][0].as<int>() == 0) {
      std::this_thread::yield();
    }
  }
  uint64_t Messages(uint64_t account) {
    return replica_->Open(account, "INBOX")->counters().messages();
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<store::Connection> connection_;
};

void ExpectLost(const absl::Status& status) {
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_EQ(rpc::ReasonOf(status), ErrorDetail::REASON_STORE_UNAVAILABLE) << status;
}

TEST_F(StoreUploadTest, WhatIsNotAllThereIsNoMessage) {
  // Of the upload of account $0: a piece, its mark alone, everything.
  const std::vector<std::string> losses = {
      "DELETE FROM blob_chunk WHERE account_id = $0 AND start = 0",
      "DELETE FROM blob_gc WHERE account_id = $0",
      "DELETE FROM blob_chunk WHERE account_id = $0; DELETE FROM blob_gc WHERE account_id = $0"};
  Prepare(losses.size() * 4);
  uint64_t account = 0;
  for (const std::string& loss : losses) {
    // What comes afterwards goes with the transaction that adds the message, or is uploaded too.
    for (const size_t rest : {100'000, 900'000}) {
      for (const bool append : {false, true}) {
        SCOPED_TRACE(absl::Substitute("$0, $1 octets left, append $2", loss, rest, append));
        const std::string message = MakeNoise("lost", kFirstPiece + rest);
        const std::string key = RandomKey();
        ++account;
        std::unique_ptr<Sending> sending;
        if (append) {
          sending = std::make_unique<Appending>(*replica_, account, key);
        } else {
          sending = std::make_unique<Delivering>(*replica_, account, key);
        }
        sending->Send(message.substr(0, kFirstPiece), false);
        AwaitUpload(account);
        Execute(absl::Substitute(loss, account));
        sending->Send(message.substr(kFirstPiece), true);
        ExpectLost(sending->Finish());
        EXPECT_EQ(Messages(account), 0u);
        // Nothing is in the way of another attempt.
        const absl::Status again = append
                                       ? replica_->Append(account, "INBOX", message, key).status()
                                       : replica_->Deliver({account}, message, key);
        EXPECT_TRUE(again.ok()) << again;
        EXPECT_TRUE(*replica_->Body(account, 1, 1) == message);
        EXPECT_EQ(Messages(account), 1u);
      }
    }
  }
  // The test took marks away and left the pieces.
  Execute(
      "DELETE FROM blob_chunk c WHERE NOT EXISTS (SELECT 1 FROM blob b WHERE (b.account_id, "
      "b.blob_id) = (c.account_id, c.blob_id))");
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreUploadTest, ALossIsNotItsNeighbours) {
  Prepare(2);
  store::BodyWriter writer;
  writer.Feed(MakeMessage("short"));
  const auto message = std::make_shared<const store::StoredMessage>(writer.Finish());
  const auto add = [&](uint64_t account, int64_t uploaded) {
    return store::Op(store::AddOp{
        .message = message,
        .targets = {{{store::AccountId(account), store::kInbox}, store::BlobId(uploaded)}},
        .key = RandomKey()});
  };
  store::Op ops[] = {add(1, 0), add(1, 77), add(2, 0), add(2, 78)};
  std::vector<store::BatchMember> members;
  for (store::Op& op : ops) {
    members.push_back({&op, absl::OkStatus()});
  }
  store::Transact(*connection_, absl::MakeSpan(members), {.now = std::time(nullptr)});
  EXPECT_TRUE(members[0].status.ok());
  ExpectLost(members[1].status);
  EXPECT_TRUE(members[2].status.ok());
  ExpectLost(members[3].status);
  EXPECT_EQ(Messages(1), 1u);
  EXPECT_EQ(Messages(2), 1u);
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

// Whatever the crash takes, each message is whole or refused, and none has pieces of another.
TEST_F(StoreUploadTest, ACrashBetweenPiecesLosesNothingThatIsAcknowledged) {
  Prepare(1);
  // So that the log's writer has not yet written what was uploaded.
  Execute("ALTER SYSTEM SET wal_writer_delay = '10s'");
  Execute("SELECT pg_reload_conf()");
  std::vector<std::string> accepted;
  for (const size_t rest : {100'000, 900'000}) {
    const std::string early = MakeNoise("early", kFirstPiece + rest);
    const std::string late = MakeNoise("late", kFirstPiece + rest);
    Delivering sending(*replica_, 1, RandomKey());
    Execute(
        "DELETE FROM blob_chunk c USING blob_gc g WHERE (c.account_id, c.blob_id) = "
        "(g.account_id, g.blob_id)");
    const auto pieces = [this] {
      return connection_
          ->ExecText("test.count",
                     "SELECT count(*) FROM blob_chunk c JOIN blob_gc g "
                     "USING (account_id, blob_id)")[0][0]
          .as<int>();
    };
    sending.Send(early.substr(0, kFirstPiece), false);
    while (pieces() == 0) {
      std::this_thread::yield();
    }
    connection_->Disconnect();
    PrivatePostgres::Shared().Restart();
    ASSERT_TRUE(replica_->Deliver({1}, late, RandomKey()).ok());
    accepted.push_back(late);
    sending.Send(early.substr(kFirstPiece), true);
    const absl::Status status = sending.Finish();
    if (status.ok()) {
      accepted.push_back(early);
    } else {
      ExpectLost(status);
    }
  }
  ASSERT_EQ(Messages(1), accepted.size());
  for (uint32_t uid = 1; uid <= accepted.size(); ++uid) {
    EXPECT_TRUE(*replica_->Body(1, 1, uid) == accepted[uid - 1]) << uid;
  }
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
  Execute("ALTER SYSTEM RESET wal_writer_delay");
  Execute("SELECT pg_reload_conf()");
}

}  // namespace
}  // namespace posthorn::component
