// PostgreSQL crashes before changes of flags were on its disk: what clients and caches know of them
// is never taken for something else, and all learn what is true.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/upkeep/upkeep_rows.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;

constexpr uint32_t kMessages = 20;
constexpr uint32_t kFlag = v1::FLAG_FLAGGED;

// What a client of CONDSTORE keeps of a mailbox.
struct Client {
  std::map<uint32_t, uint32_t> flags;  // by UID
  uint64_t highest_modseq = 0;
};

class StoreCrashTest : public testing::Test {
 protected:
  void Begin(store::StoreOptions options = {}) {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0});
    replica_ = std::make_unique<Replica>(url_, std::move(options));
    for (uint32_t i = 0; i < kMessages; ++i) {
      ASSERT_TRUE(replica_->Deliver({1}, MakeMessage("m"), RandomKey()).ok());
    }
    Resync(*replica_, &client_);
    ASSERT_EQ(client_.flags.size(), kMessages);
  }

  // A state that a client is told. It has not been told another under the same MODSEQ.
  void Learn(const v1::FlagColumns& columns, Client* client) {
    for (int i = 0; i < columns.uids_size(); ++i) {
      const auto [told, first] =
          told_.try_emplace({columns.uids(i), columns.modseqs(i)}, columns.flags(i));
      EXPECT_EQ(told->second, columns.flags(i))
          << "UID " << columns.uids(i) << " at " << columns.modseqs(i);
      client->flags[columns.uids(i)] = columns.flags(i);
    }
  }

  void Resync(Replica& replica, Client* client) {
    const auto sync = replica.Sync(1, 1, client->highest_modseq, kMessages + 1);
    ASSERT_TRUE(sync.ok()) << sync.status();
    EXPECT_GE(sync->highest_modseq(), client->highest_modseq);
    EXPECT_EQ(sync->vanished().runs_size(), 0);
    Learn(sync->changed(), client);
    client->highest_modseq = sync->highest_modseq();
  }

  // STORE +FLAGS. Its MODSEQ is new.
  void Store(Replica& replica, uint32_t uid, uint32_t flags,
             const std::vector<std::string>& keywords = {}) {
    const auto stored =
        replica.StoreFlags(1, 1, {uid}, v1::StoreFlagsRequest::MODE_ADD, flags, keywords);
    ASSERT_TRUE(stored.ok()) << stored.status();
    EXPECT_GT(stored->highest_modseq(), client_.highest_modseq);
    Learn(stored->state(), &client_);
    client_.highest_modseq = stored->highest_modseq();
  }

  std::map<uint32_t, uint32_t> Truth() {
    store::Connection connection({.url = url_});
    std::map<uint32_t, uint32_t> flags;
    for (const auto& row : connection.ExecText("test.flags", "SELECT uid, flags FROM message")) {
      flags[row[0].as<uint32_t>()] = row[1].as<uint32_t>();
    }
    return flags;
  }
  static int64_t CountFlagged(const std::map<uint32_t, uint32_t>& flags) {
    return std::count_if(flags.begin(), flags.end(),
                         [](const auto& message) { return (message.second & kFlag) != 0; });
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
  Client client_;
  std::map<std::pair<uint32_t, uint64_t>, uint32_t> told_;  // flags by UID and MODSEQ
};

TEST_F(StoreCrashTest, WhatIsTakenBackIsNotMistaken) {
  Begin();
  Store(*replica_, 1, kFlag);
  PrivatePostgres::Shared().HoldLog();
  for (uint32_t uid = 2; uid <= kMessages; ++uid) {
    Store(*replica_, uid, kFlag);
  }
  EXPECT_EQ(CountFlagged(client_.flags), kMessages);
  PrivatePostgres::Shared().Restart();

  std::map<uint32_t, uint32_t> truth = Truth();
  EXPECT_EQ(truth.size(), kMessages);
  EXPECT_EQ(truth[1], kFlag);
  ASSERT_LT(CountFlagged(truth), kMessages) << "the crash took nothing back";
  // The replica that remembers it, and one that does not.
  Replica other(url_);
  for (Replica* replica : {replica_.get(), &other}) {
    Client old = client_;
    Resync(*replica, &old);
    EXPECT_EQ(old.flags, truth);
    EXPECT_GT(old.highest_modseq, client_.highest_modseq);
    Client fresh;
    Resync(*replica, &fresh);
    EXPECT_EQ(fresh.flags, truth);
    EXPECT_EQ(fresh.highest_modseq, old.highest_modseq);
  }
  Resync(*replica_, &client_);
  for (uint32_t uid = 1; uid <= kMessages; ++uid) {
    Store(uid % 2 == 0 ? other : *replica_, uid, v1::FLAG_ANSWERED);
  }
  for (Replica* replica : {replica_.get(), &other}) {
    Resync(*replica, &client_);
    EXPECT_EQ(client_.flags, Truth());
  }
  EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
}

// A condition that names a state which was taken back is not met by the one before it.
TEST_F(StoreCrashTest, AConditionOnWhatIsTakenBackFails) {
  Begin();
  Store(*replica_, 1, kFlag);
  PrivatePostgres::Shared().HoldLog();
  Store(*replica_, 2, kFlag);
  PrivatePostgres::Shared().Restart();
  ASSERT_EQ(Truth()[2], 0u) << "the crash took nothing back";
  v1::StoreFlagsRequest request;
  *request.mutable_caller() = replica_->Caller(1);
  request.mutable_mailbox()->set_mailbox_id(1);
  request.mutable_uids()->add_runs(2);
  request.mutable_uids()->add_runs(0);
  request.set_flags(v1::FLAG_ANSWERED);
  request.set_unchanged_since(client_.highest_modseq);
  request.set_idempotency_key(RandomKey());
  grpc::ClientContext context;
  v1::StoreFlagsResponse response;
  ASSERT_TRUE(
      v1::Message::NewStub(replica_->channel())->StoreFlags(&context, request, &response).ok());
  EXPECT_THAT(Expand(response.modified()), testing::ElementsAre(2));
  EXPECT_EQ(Truth()[2], 0u);
}

TEST_F(StoreCrashTest, WhatIsDurableKeepsWhatCameBeforeIt) {
  Begin();
  Store(*replica_, 1, kFlag);
  PrivatePostgres::Shared().HoldLog();
  Store(*replica_, 2, kFlag);
  ASSERT_TRUE(replica_->Append(1, "Archive", MakeMessage("a"), RandomKey()).ok());
  PrivatePostgres::Shared().Restart();
  EXPECT_EQ(Truth()[2], kFlag);
  EXPECT_EQ(replica_->Open(1, "Archive")->counters().messages(), 1u);

  Resync(*replica_, &client_);
  Store(*replica_, 3, kFlag);
  PrivatePostgres::Shared().HoldLog();
  Store(*replica_, 4, kFlag);
  Store(*replica_, 5, kFlag, {"new"});
  PrivatePostgres::Shared().Restart();
  EXPECT_EQ(Truth()[4], kFlag);
  EXPECT_THAT(replica_->Open(1, "INBOX")->keywords(), testing::ElementsAre("new"));
}

TEST_F(StoreCrashTest, NothingIsTakenBackFromWhoWaitsForTheDisk) {
  Begin({.synchronous_flag_changes = true});
  PrivatePostgres::Shared().HoldLog();
  for (uint32_t uid = 1; uid <= kMessages; ++uid) {
    Store(*replica_, uid, kFlag);
  }
  PrivatePostgres::Shared().Restart();
  const Client before = client_;
  EXPECT_EQ(Truth(), before.flags);
  Resync(*replica_, &client_);
  EXPECT_EQ(client_.highest_modseq, before.highest_modseq);
}

TEST_F(StoreCrashTest, NobodyReadsAnewWithoutNeed) {
  Begin();
  for (uint32_t uid = 1; uid <= kMessages; ++uid) {
    Store(*replica_, uid, kFlag);
  }
  const Client before = client_;
  PrivatePostgres::Shared().RestartInOrder();
  EXPECT_EQ(Truth(), before.flags);
  Resync(*replica_, &client_);
  EXPECT_EQ(client_.highest_modseq, before.highest_modseq);
  // Flags were changed long ago when it crashes.
  {
    store::Connection connection({.url = url_});
    EXPECT_FALSE(store::EndReservations(connection).value());
  }
  PrivatePostgres::Shared().Restart();
  EXPECT_EQ(Truth(), before.flags);
  Resync(*replica_, &client_);
  EXPECT_EQ(client_.highest_modseq, before.highest_modseq);
}

}  // namespace
}  // namespace posthorn::component
