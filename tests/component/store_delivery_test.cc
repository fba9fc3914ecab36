// Delivery and APPEND: bodies, structure, idempotency, quotas, neighbours in a batch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "posthorn/v1/structure.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing_support::PrivatePostgres;
using v1::ErrorDetail;

class StoreDeliveryTest : public testing::Test {
 protected:
  void Prepare(const std::vector<int64_t>& quotas) {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, quotas);
    replica_ = std::make_unique<Replica>(url_);
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
};

TEST_F(StoreDeliveryTest, WhatCameIsWhatIsRead) {
  Prepare({0});
  // Around the sizes where a body leaves its row, and where it is uploaded in pieces.
  const std::vector<size_t> sizes = {200, 4'000, 30'000, 33'000, 120'000, 3'000'000};
  std::vector<std::string> messages;
  for (const size_t size : sizes) {
    std::string message = MakeMessage("m" + std::to_string(size), size);
    if (size == 120'000) {  // does not compress
      std::string key;
      while (message.size() < 2 * size) {
        message += RandomKey();
      }
    }
    ASSERT_TRUE(replica_->Deliver({1}, message, RandomKey()).ok());
    messages.push_back(std::move(message));
  }
  const auto open = replica_->Open(1, "INBOX");
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->counters().messages(), sizes.size());
  EXPECT_EQ(open->counters().unseen(), sizes.size());
  EXPECT_EQ(open->first_unseen_uid(), 1u);
  // Once from memory, once from the database.
  Replica other(url_);
  for (Replica* replica : {replica_.get(), &other}) {
    for (uint32_t uid = 1; uid <= sizes.size(); ++uid) {
      const std::string& message = messages[uid - 1];
      const auto whole = replica->Body(1, 1, uid);
      ASSERT_TRUE(whole.ok()) << whole.status();
      EXPECT_TRUE(*whole == message) << "uid " << uid;
      const size_t header = message.find("\r\n\r\n") + 4;
      EXPECT_EQ(*replica->Body(1, 1, uid, v1::BODY_SECTION_HEADER), message.substr(0, header));
      EXPECT_TRUE(*replica->Body(1, 1, uid, v1::BODY_SECTION_TEXT) == message.substr(header));
      for (const size_t offset : {size_t{0}, size_t{7}, message.size() / 2, message.size() - 3}) {
        EXPECT_TRUE(*replica->Body(1, 1, uid, v1::BODY_SECTION_ALL, offset, 40'000) ==
                    message.substr(offset, 40'000))
            << "uid " << uid << " offset " << offset;
      }
      EXPECT_EQ(*replica->Body(1, 1, uid, v1::BODY_SECTION_ALL, message.size() + 1, 10), "");
    }
    EXPECT_TRUE(absl::IsNotFound(replica->Body(1, 1, 99).status()));
    const auto metadata = replica->Metadata(1, 1, {1, 2, 3, 4, 5, 6, 7});
    ASSERT_TRUE(metadata.ok()) << metadata.status();
    ASSERT_EQ(metadata->flags().uids_size(), 6);
    ASSERT_EQ(metadata->envelopes_size(), 6);
    v1::Envelope envelope;
    ASSERT_TRUE(envelope.ParseFromString(metadata->envelopes(1)));
    EXPECT_EQ(envelope.subject(), "m4000");
    v1::BodyStructure structure;
    ASSERT_TRUE(structure.ParseFromString(metadata->body_structures(5)));
    EXPECT_EQ(structure.parts(0).type(), "TEXT");
    EXPECT_EQ(metadata->sizes(5), messages[5].size());
  }
}

TEST_F(StoreDeliveryTest, OneKeyDeliversOnce) {
  Prepare({0, 0});
  const std::string key = RandomKey();
  const std::string message = MakeMessage("once");
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(replica_->Deliver({1, 2}, message, key).ok());
  }
  Replica other(url_);
  ASSERT_TRUE(other.Deliver({2, 1}, message, key).ok());
  // At the same moment, through both.
  const std::string race = RandomKey();
  std::thread first([&] { EXPECT_TRUE(replica_->Deliver({1}, message, race).ok()); });
  std::thread second([&] { EXPECT_TRUE(other.Deliver({1}, message, race).ok()); });
  first.join();
  second.join();
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 2u);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 1u);
}

TEST_F(StoreDeliveryTest, ManyInOneCallEachHaveTheirOutcome) {
  Prepare({0, 0, 100});
  ASSERT_TRUE(replica_->Deliver({3}, MakeMessage("fills"), RandomKey()).ok());
  const auto stub = v1::Delivery::NewStub(replica_->channel());
  grpc::ClientContext context;
  const auto stream = stub->DeliverMany(&context);
  constexpr uint64_t kGood = 60;
  v1::DeliverManyRequest request;
  const auto add = [&request](uint64_t number, uint64_t account) {
    v1::DeliverManyRequest::Item& item = *request.add_items();
    item.set_number(number);
    v1::DeliverStart& start = *item.mutable_message()->mutable_start();
    start.set_idempotency_key(RandomKey());
    start.add_account_ids(account);
    item.mutable_message()->set_data(MakeMessage("many" + std::to_string(number)));
    item.mutable_message()->set_last(true);
    return &item;
  };
  for (uint64_t number = 1; number <= kGood; ++number) {
    add(number, 1 + number % 2);
    if (number % 7 == 0) {
      ASSERT_TRUE(stream->Write(request));
      request.Clear();
    }
  }
  add(101, 999);
  add(102, 3);
  add(103, 1)->mutable_message()->set_last(false);
  ASSERT_TRUE(stream->Write(request));
  ASSERT_TRUE(stream->WritesDone());
  std::map<uint64_t, v1::DeliverManyResponse::Outcome> outcomes;
  v1::DeliverManyResponse response;
  while (stream->Read(&response)) {
    for (const v1::DeliverManyResponse::Outcome& outcome : response.outcomes()) {
      EXPECT_TRUE(outcomes.emplace(outcome.number(), outcome).second);
    }
  }
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(outcomes.size(), kGood + 3);
  for (uint64_t number = 1; number <= kGood; ++number) {
    EXPECT_TRUE(outcomes[number].has_delivered()) << outcomes[number].ShortDebugString();
  }
  const auto reason = [&outcomes](uint64_t number) {
    const v1::DeliverManyResponse::Outcome& outcome = outcomes[number];
    EXPECT_FALSE(outcome.has_delivered());
    return rpc::ReasonOf(rpc::FromGrpc({static_cast<grpc::StatusCode>(outcome.error_code()),
                                        outcome.error_message(), outcome.error_details()}));
  };
  EXPECT_EQ(reason(101), ErrorDetail::REASON_UNKNOWN_RECIPIENT);
  EXPECT_EQ(reason(102), ErrorDetail::REASON_OVER_QUOTA);
  EXPECT_EQ(outcomes[103].error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), kGood / 2);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), kGood / 2);
}

TEST_F(StoreDeliveryTest, ADrainEndsCallsThatWait) {
  Prepare({0});
  const auto stub = v1::Delivery::NewStub(replica_->channel());
  grpc::ClientContext context;
  const auto stream = stub->DeliverMany(&context);
  v1::DeliverManyRequest request;
  v1::DeliverManyRequest::Item& item = *request.add_items();
  item.mutable_message()->mutable_start()->set_idempotency_key(RandomKey());
  item.mutable_message()->mutable_start()->add_account_ids(1);
  item.mutable_message()->set_data(MakeMessage("before the drain"));
  item.mutable_message()->set_last(true);
  ASSERT_TRUE(stream->Write(request));
  v1::DeliverManyResponse response;
  ASSERT_TRUE(stream->Read(&response));
  replica_->BeginDrain();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(StoreDeliveryTest, WhatIsSettledStaysSo) {
  Prepare({0, 0});
  const std::string message = MakeMessage("settled", 400'000);
  const std::string done = RandomKey();
  ASSERT_TRUE(replica_->Deliver({2, 1}, message, done).ok());
  Replica other(url_);
  for (int i = 0; i < 2; ++i) {
    const auto settled = other.Settle({1, 2}, done);
    ASSERT_TRUE(settled.ok()) << settled.status();
    EXPECT_TRUE(settled->delivered());
    EXPECT_FALSE(settled->delivery_id().empty());
  }
  const std::string never = RandomKey();
  for (int i = 0; i < 2; ++i) {
    const auto settled = other.Settle({1, 2}, never);
    ASSERT_TRUE(settled.ok()) << settled.status();
    EXPECT_FALSE(settled->delivered());
    EXPECT_TRUE(absl::IsAborted(replica_->Deliver({2, 1}, message, never)));
  }
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 1u);
}

TEST_F(StoreDeliveryTest, SettlingAgreesWithADeliveryUnderWay) {
  Prepare({0});
  Replica other(url_);
  size_t delivered = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string key = RandomKey();
    absl::Status status;
    std::thread sender([&] { status = replica_->Deliver({1}, MakeMessage("race"), key); });
    const auto settled = other.Settle({1}, key);
    sender.join();
    ASSERT_TRUE(settled.ok()) << settled.status();
    EXPECT_EQ(settled->delivered(), status.ok()) << status;
    delivered += settled->delivered() ? 1 : 0;
  }
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), delivered);
}

TEST_F(StoreDeliveryTest, WhatIsSettledOfAnAppendStaysSo) {
  Prepare({0});
  const std::string done = RandomKey();
  const auto appended = replica_->Append(1, "Drafts", MakeMessage("settled"), done);
  ASSERT_TRUE(appended.ok()) << appended.status();
  Replica other(url_);
  for (int i = 0; i < 2; ++i) {
    const auto settled = other.SettleAppend(1, "Drafts", done);
    ASSERT_TRUE(settled.ok()) << settled.status();
    EXPECT_EQ(settled->appended().SerializeAsString(), appended->SerializeAsString());
  }
  const std::string never = RandomKey();
  for (int i = 0; i < 2; ++i) {
    const auto settled = other.SettleAppend(1, "Drafts", never);
    ASSERT_TRUE(settled.ok()) << settled.status();
    EXPECT_FALSE(settled->has_appended());
    EXPECT_TRUE(
        absl::IsAborted(replica_->Append(1, "Drafts", MakeMessage("never"), never).status()));
  }
  EXPECT_EQ(replica_->Open(1, "Drafts")->counters().messages(), 1u);
  // The mailbox may be another one by now, or none.
  EXPECT_TRUE(other.SettleAppend(1, "Nowhere", done)->has_appended());
}

TEST_F(StoreDeliveryTest, AppendGivesTheFirstAnswerAgain) {
  Prepare({0});
  const std::string key = RandomKey();
  const auto first = replica_->Append(1, "Drafts", MakeMessage("draft"), key,
                                      v1::FLAG_DRAFT | v1::FLAG_SEEN, {"$Work", "later"});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = replica_->Append(1, "Drafts", MakeMessage("draft"), key);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(first->uid(), again->uid());
  EXPECT_EQ(first->uidvalidity(), again->uidvalidity());
  const auto open = replica_->Open(1, "Drafts");
  EXPECT_EQ(open->counters().messages(), 1u);
  EXPECT_EQ(open->counters().unseen(), 0u);
  EXPECT_THAT(open->keywords(), testing::ElementsAre("$Work", "later"));
  const auto missing = replica_->Append(1, "Nowhere", MakeMessage("x"), RandomKey());
  EXPECT_EQ(rpc::ReasonOf(missing.status()), ErrorDetail::REASON_MAILBOX_NOT_FOUND);
}

TEST_F(StoreDeliveryTest, AnErrorOfOneLeavesItsNeighboursAlone) {
  Prepare({0, 1'500, 0});
  std::vector<std::thread> senders;
  std::atomic<int> full = 0;
  std::atomic<int> unknown = 0;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(replica_->Deliver({1}, MakeMessage("fine"), RandomKey()).ok());
        const absl::Status over = replica_->Deliver({2}, MakeMessage("over"), RandomKey());
        full += rpc::ReasonOf(over) == ErrorDetail::REASON_OVER_QUOTA ? 1 : 0;
        const absl::Status gone = replica_->Deliver({3, 77}, MakeMessage("all"), RandomKey());
        unknown += rpc::ReasonOf(gone) == ErrorDetail::REASON_UNKNOWN_RECIPIENT ? 1 : 0;
      }
    });
  }
  for (std::thread& sender : senders) {
    sender.join();
  }
  EXPECT_EQ(full, 78);  // the first one fits, the second begins below the quota
  EXPECT_EQ(unknown, 80);
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 80u);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 2u);
  EXPECT_EQ(replica_->Open(3, "INBOX")->counters().messages(), 0u);
}

TEST_F(StoreDeliveryTest, OneThatIsNearlyFullDoesNotKeepTheOthersFromTheirs) {
  Prepare({5'000, 0});
  ASSERT_TRUE(replica_->Append(1, "INBOX", MakeMessage("before", 4'000), RandomKey()).ok());
  // APPEND and COPY may not overshoot; one delivery may, and the next finds the account full.
  const auto append = replica_->Append(1, "INBOX", MakeMessage("more", 3'000), RandomKey());
  EXPECT_EQ(rpc::ReasonOf(append.status()), ErrorDetail::REASON_OVER_QUOTA);
  const auto copy = replica_->Copy(1, 1, {1}, "Archive", false, RandomKey());
  EXPECT_EQ(rpc::ReasonOf(copy.status()), ErrorDetail::REASON_OVER_QUOTA);
  EXPECT_TRUE(replica_->Deliver({1, 2}, MakeMessage("both", 3'000), RandomKey()).ok());
  EXPECT_EQ(rpc::ReasonOf(replica_->Deliver({1, 2}, MakeMessage("none", 300), RandomKey())),
            ErrorDetail::REASON_OVER_QUOTA);
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 2u);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 1u);
}

TEST_F(StoreDeliveryTest, OnlyWhoseMailboxIsGoneGetsItInTheInbox) {
  Prepare({0, 0});
  store::Connection connection({.url = url_});
  store::Connection other({.url = url_});
  absl::Status status;
  std::thread sender;
  {
    // The delivery finds the mailbox by its name, and waits for its lock until it is gone.
    store::Transaction removal(connection);
    removal.ExecText("test.remove",
                     "DELETE FROM mailbox USING mailbox_name n WHERE n.account_id = 1 AND n.name = "
                     "'Archive' AND (mailbox.account_id, mailbox.mailbox_id) = (1, n.mailbox_id); "
                     "DELETE FROM mailbox_name WHERE account_id = 1 AND name = 'Archive'");
    sender = std::thread([&] {
      status = replica_->Deliver({1, 2}, MakeMessage("archived"), RandomKey(), "Archive");
    });
    constexpr char kWaiting[] =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock'";
    while (other.ExecText("test.waiting", kWaiting)[0][0].as<int>() == 0) {
      std::this_thread::yield();
    }
    removal.Commit();
  }
  sender.join();
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 0u);
  EXPECT_EQ(replica_->Open(2, "Archive")->counters().messages(), 1u);
}

TEST_F(StoreDeliveryTest, RefusesWhatIsTooLarge) {
  Prepare({0});
  Replica small(url_, {.max_message_bytes = 10'000});
  EXPECT_EQ(rpc::ReasonOf(small.Deliver({1}, MakeMessage("big", 20'000), RandomKey())),
            ErrorDetail::REASON_TOO_LARGE);
  EXPECT_TRUE(small.Deliver({1}, MakeMessage("small", 5'000), RandomKey()).ok());
  // Trace fields come on top of what the gateway has checked.
  EXPECT_TRUE(small.Deliver({1}, MakeMessage("just", 10'000), RandomKey()).ok());
}

TEST_F(StoreDeliveryTest, TwoReplicasOneMailbox) {
  Prepare({0});
  Replica other(url_);
  constexpr int kEach = 150;
  std::atomic<bool> done = false;
  const auto send = [&](Replica& replica) {
    for (int i = 0; i < kEach; ++i) {
      EXPECT_TRUE(replica.Deliver({1}, MakeMessage("r"), RandomKey()).ok());
    }
  };
  // Readers see UIDs grow without gaps that fill later, each message once, and MODSEQs in order.
  const auto watch = [&](Replica& replica) {
    uint64_t modseq = 0;
    uint32_t uidnext = 1;
    std::vector<uint32_t> seen;
    const auto sync = [&] {
      const auto changes = replica.Sync(1, 1, modseq, uidnext);
      ASSERT_TRUE(changes.ok()) << changes.status();
      for (const uint32_t uid : Expand(changes->arrived())) {
        EXPECT_GE(uid, uidnext);
        seen.push_back(uid);
      }
      EXPECT_GE(changes->highest_modseq(), modseq);
      modseq = changes->highest_modseq();
      uidnext = changes->uidnext();
    };
    while (!done) {
      sync();
    }
    sync();
    ASSERT_EQ(seen.size(), 4u * kEach);
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i], i + 1);
    }
  };
  std::thread watchers[] = {std::thread([&] { watch(*replica_); }),
                            std::thread([&] { watch(other); })};
  std::thread senders[] = {std::thread([&] { send(*replica_); }),
                           std::thread([&] { send(*replica_); }), std::thread([&] { send(other); }),
                           std::thread([&] { send(other); })};
  for (std::thread& sender : senders) {
    sender.join();
  }
  done = true;
  for (std::thread& watcher : watchers) {
    watcher.join();
  }
}

}  // namespace
}  // namespace posthorn::component
