// PostgreSQL goes away and comes back: what was acknowledged is there, nothing is there twice.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "common/rpc/status.h"
#include "mail/header.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/upkeep/upkeep_rows.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;

class StoreFaultsTest : public testing::Test {
 protected:
  void SetUp() override {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0, 0, 0});
    replica_ = std::make_unique<Replica>(url_);
  }
  // Subjects of all messages in an INBOX, in order.
  std::vector<std::string> Subjects(Replica& replica, uint64_t account) {
    const auto open = replica.Open(account, "INBOX");
    EXPECT_TRUE(open.ok()) << open.status();
    std::vector<std::string> subjects;
    for (const uint32_t uid : Expand(open->uids())) {
      const std::string header = *replica.Body(account, 1, uid, v1::BODY_SECTION_HEADER);
      subjects.push_back(mail::Unfold(mail::FindField(header, "Subject")->value));
    }
    return subjects;
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreFaultsTest, DeliveriesSurviveCrashesOfTheDatabase) {
  constexpr int kSenders = 6;
  std::atomic<bool> stop = false;
  std::atomic<int> sent = 0;
  std::mutex mutex;
  std::multiset<std::string> accepted;
  const auto send = [&](int sender) {
    for (int i = 0; !stop; ++i) {
      const std::string subject = "s" + std::to_string(sender) + "." + std::to_string(i);
      const std::string key = RandomKey();
      // As a gateway does: an unknown outcome and a store that is away are tried again, same key.
      for (;;) {
        const absl::Status status = replica_->Deliver({1}, MakeMessage(subject), key);
        if (status.ok()) {
          break;
        }
        ASSERT_TRUE(absl::IsUnavailable(status) || absl::IsResourceExhausted(status)) << status;
      }
      ++sent;
      std::lock_guard lock(mutex);
      accepted.insert(subject);
    }
  };
  std::vector<std::thread> senders;
  for (int sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back(send, sender);
  }
  for (int crash = 0; crash < 3; ++crash) {
    const int before = sent;
    while (sent < before + 50) {
      std::this_thread::yield();
    }
    PrivatePostgres::Shared().Restart();
  }
  const int before = sent;
  while (sent < before + 50) {
    std::this_thread::yield();
  }
  stop = true;
  for (std::thread& sender : senders) {
    sender.join();
  }
  const auto subjects = Subjects(*replica_, 1);
  EXPECT_EQ(std::multiset<std::string>(subjects.begin(), subjects.end()), accepted);
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreFaultsTest, SessionsThatAreKilledAreReplaced) {
  std::atomic<bool> stop = false;
  std::atomic<int> delivered = 0;
  std::thread killer([&] {
    // Each kill that nothing was delivered before leaves more time for the next: a slow machine
    // needs more, and how much is not ours to say.
    std::chrono::milliseconds pause{0};
    for (int before = 0; !stop; std::this_thread::sleep_for(pause)) {
      const int now = delivered;
      pause = now == before ? pause + std::chrono::milliseconds(1) : std::chrono::milliseconds(0);
      before = now;
      store::Connection connection({.url = url_});
      connection.ExecText("test.kill",
                          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
                          "datname = current_database() AND pid <> pg_backend_pid() "
                          "AND application_name LIKE 'mailstore%'");
    }
  });
  for (int i = 0; i < 30; ++i) {
    const std::string key = RandomKey();
    while (!replica_->Deliver({2}, MakeMessage("k" + std::to_string(i)), key).ok()) {
    }
    ++delivered;
  }
  stop = true;
  killer.join();
  EXPECT_EQ(Subjects(*replica_, 2).size(), 30u);
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreFaultsTest, AnAccountThatWaitsForALockDoesNotKeepOthers) {
  store::Connection connection({.url = url_});
  store::Connection watch({.url = url_});
  std::vector<std::future<absl::Status>> waiting;
  {
    store::Transaction lock(connection);
    lock.ExecText("test.lock", "SELECT 1 FROM account WHERE account_id = 1 FOR UPDATE");
    for (int i = 0; i < 8; ++i) {
      waiting.push_back(std::async(std::launch::async, [&, i] {
        return replica_->Deliver({1}, MakeMessage("w" + std::to_string(i)), RandomKey());
      }));
    }
    while (watch
               .ExecText("test.waits",
                         "SELECT count(*) FROM pg_stat_activity WHERE datname = "
                         "current_database() AND wait_event_type = 'Lock'")[0][0]
               .as<int>() == 0) {
      std::this_thread::yield();
    }
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(replica_->Deliver({2}, MakeMessage("o" + std::to_string(i)), RandomKey()).ok());
    }
    for (const auto& each : waiting) {
      EXPECT_EQ(each.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
    }
  }
  for (auto& each : waiting) {
    EXPECT_TRUE(each.get().ok());
  }
  EXPECT_EQ(Subjects(*replica_, 1).size(), 8u);
  EXPECT_EQ(Subjects(*replica_, 2).size(), 20u);
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreFaultsTest, AnUploadThatIsCutOffLeavesNothing) {
  {
    auto stub = v1::Delivery::NewStub(replica_->channel());
    grpc::ClientContext context;
    v1::DeliverResponse response;
    auto writer = stub->Deliver(&context, &response);
    v1::DeliverRequest request;
    request.mutable_start()->set_idempotency_key(RandomKey());
    request.mutable_start()->add_account_ids(1);
    for (int i = 0; i < 40; ++i) {
      std::string noise;
      while (noise.size() < 100'000) {
        noise += RandomKey();
      }
      request.set_data(noise);
      ASSERT_TRUE(writer->Write(request));
      request.Clear();
    }
    writer->WritesDone();
    EXPECT_FALSE(writer->Finish().ok());
  }
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 0u);
  store::Connection connection({.url = url_});
  const auto count = [&] {
    return connection.ExecText("test.count", "SELECT count(*) FROM blob_chunk")[0][0].as<int>();
  };
  EXPECT_GT(count(), 0);
  // A day later.
  ASSERT_TRUE(store::DeleteDueBodies(connection, time(nullptr) + 90'000).ok());
  EXPECT_EQ(count(), 0);
}

// Real batches and uploads against a table that takes no more rows.
TEST_F(StoreFaultsTest, AFullDiskRefusesAndHeals) {
  store::Connection connection({.url = url_});
  connection.ExecText("test.function",
                      "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                      "RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$");
  std::string large = MakeMessage("large");
  while (large.size() < 1'000'000) {
    large += RandomKey();
  }
  ASSERT_TRUE(replica_->Deliver({1, 2}, MakeMessage("before"), RandomKey()).ok());
  for (const std::string table : {"blob", "blob_chunk"}) {
    const std::string message = table == "blob" ? MakeMessage("small") : large;
    connection.ExecText("test.fill", "CREATE TRIGGER full_disk BEFORE INSERT ON " + table +
                                         " FOR EACH ROW EXECUTE FUNCTION full_disk()");
    const std::string key = RandomKey();
    const absl::Status refused = replica_->Deliver({1, 2}, message, key);
    EXPECT_EQ(rpc::ReasonOf(refused), ErrorDetail::REASON_STORE_FULL) << refused;
    // Several at a time: the members of a batch are tried alone, those that add nothing succeed.
    std::vector<std::thread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        const auto append = replica_->Append(1, "INBOX", message, RandomKey());
        EXPECT_EQ(rpc::ReasonOf(append.status()), ErrorDetail::REASON_STORE_FULL);
        EXPECT_TRUE(
            replica_->StoreFlags(1, 1, {1}, v1::StoreFlagsRequest::MODE_ADD, v1::FLAG_SEEN).ok());
      });
    }
    for (std::thread& caller : callers) {
      caller.join();
    }
    EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
    connection.ExecText("test.heal", "DROP TRIGGER full_disk ON " + table);
    EXPECT_TRUE(replica_->Deliver({1, 2}, message, key).ok());
  }
  for (const uint64_t account : {1, 2}) {
    EXPECT_THAT(Subjects(*replica_, account), testing::ElementsAre("before", "small", "large"));
  }
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

TEST_F(StoreFaultsTest, UpkeepDeletesOnlyWhatIsDue) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("m", 50'000), RandomKey()).ok());
  }
  replica_->StoreFlags(1, 1, {1, 2}, v1::StoreFlagsRequest::MODE_ADD, v1::FLAG_DELETED).value();
  replica_->Copy(1, 1, {2}, "Archive", false, RandomKey()).value();
  replica_->Expunge(1, 1).value();
  store::Connection connection({.url = url_});
  const auto blobs = [&] {
    return connection.ExecText("test.count", "SELECT count(*) FROM blob")[0][0].as<int>();
  };
  const int64_t now = time(nullptr);
  EXPECT_FALSE(store::DeleteDueBodies(connection, now).value());
  EXPECT_EQ(blobs(), 4);
  EXPECT_FALSE(store::DeleteDueBodies(connection, now + 4'000).value());
  EXPECT_EQ(blobs(), 3);
  // Without the log, sessions and caches still learn what is gone.
  const auto before = replica_->Open(1, "INBOX");
  while (store::TrimChangeLog(connection, now + 10).value()) {
  }
  while (store::DeleteOldResults(connection, now + 10).value()) {
  }
  Replica other(url_);
  const auto sync = other.Sync(1, 1, 2, 5);
  EXPECT_THAT(Expand(sync->vanished()), testing::IsSupersetOf({1u, 2u}));
  EXPECT_EQ(Expand(other.Open(1, "INBOX")->uids()), Expand(before->uids()));
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

}  // namespace
}  // namespace posthorn::component
