// A replica with a queue, two accounts (alice is 1, carol is 2) at example.org, and a relay worker
// as the store sees it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/outbound.grpc.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {

// A message for the queue, and what the test says of it.
struct Sent {
  std::vector<std::string> recipients = {"bob@far.example"};
  std::vector<uint64_t> accounts = {};
  std::string sender = "alice@example.org";
  std::string message = MakeMessage("out");
  std::string key = RandomKey();
  uint32_t notify = 0;
  bool forwarded = false;
  std::string forwarded_by = "";
  uint32_t hold_seconds = 0;
  uint64_t submitter = 0;
  bool return_full = false;
  bool require_tls = false;
};

// A relay worker as the store sees it.
class Worker {
 public:
  explicit Worker(Replica& replica) : stub_(v1::Outbound::NewStub(replica.channel())) {}

  v1::Work Claim(uint32_t most = 100, uint32_t wait = 0) {
    grpc::ClientContext context;
    v1::ClaimWorkRequest request;
    request.set_worker_id(id_);
    request.set_max_recipients(most);
    request.set_wait_milliseconds(wait);
    v1::ClaimWorkResponse response;
    const grpc::Status status = stub_->ClaimWork(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.work();
  }
  // The same for all recipients of the work.
  v1::FinishWorkResponse Finish(
      const v1::Work& work, v1::AttemptResult::Outcome outcome,
      v1::FinishWorkRequest::SiteState site = v1::FinishWorkRequest::SITE_GOOD, uint32_t more = 0) {
    v1::FinishWorkRequest request;
    for (const v1::LeasedRecipient& recipient : work.recipients()) {
      v1::AttemptResult& result = *request.add_results();
      *result.mutable_lease() = LeaseOf(recipient);
      result.set_outcome(outcome);
      result.set_diagnostic("550 no such\tuser");
      result.set_remote_reply(true);
      result.set_remote_mta("mx.far.example");
    }
    request.set_worker_id(id_);
    *request.mutable_slot() = work.slot();
    request.set_site(site);
    request.set_more_recipients(more);
    grpc::ClientContext context;
    v1::FinishWorkResponse response;
    const grpc::Status status = stub_->FinishWork(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  v1::RenewWorkResponse Renew(const v1::Work& work) {
    v1::RenewWorkRequest request;
    request.set_worker_id(id_);
    *request.mutable_slot() = work.slot();
    for (const v1::LeasedRecipient& recipient : work.recipients()) {
      *request.add_leases() = LeaseOf(recipient);
    }
    grpc::ClientContext context;
    v1::RenewWorkResponse response;
    EXPECT_TRUE(stub_->RenewWork(&context, request, &response).ok());
    return response;
  }
  grpc::StatusCode Note(const v1::Work& work) {
    v1::NoteDataSentRequest request;
    request.set_worker_id(id_);
    for (const v1::LeasedRecipient& recipient : work.recipients()) {
      *request.add_leases() = LeaseOf(recipient);
    }
    grpc::ClientContext context;
    v1::NoteDataSentResponse response;
    return stub_->NoteDataSent(&context, request, &response).error_code();
  }
  absl::StatusOr<std::string> Fetch(uint64_t message_id) {
    grpc::ClientContext context;
    v1::FetchQueuedRequest request;
    request.set_message_id(message_id);
    const auto reader = stub_->FetchQueued(&context, request);
    std::string octets;
    v1::FetchQueuedResponse frame;
    while (reader->Read(&frame)) {
      EXPECT_LE(frame.data().size(), 256u << 10);
      octets += frame.data();
    }
    const absl::Status status = rpc::FromGrpc(reader->Finish());
    return status.ok() ? absl::StatusOr<std::string>(octets) : status;
  }

 private:
  static v1::Lease LeaseOf(const v1::LeasedRecipient& recipient) {
    v1::Lease lease;
    lease.set_recipient_id(recipient.recipient_id());
    lease.set_message_id(recipient.message_id());
    lease.set_lease_epoch(recipient.lease_epoch());
    return lease;
  }

  std::unique_ptr<v1::Outbound::Stub> stub_;
  const std::string id_ = RandomKey();
};

class OutboundTest : public testing::Test {
 protected:
  void Prepare(store::QueueOptions queue = {}) {
    url_ = testing_support::PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0, 0});
    connection_ = std::make_unique<store::Connection>(store::ConnectionOptions{.url = url_});
    Sql("INSERT INTO domain (domain) VALUES ('example.org')");
    Sql("INSERT INTO login (address_key, account_id, domain, address, password_record) VALUES "
        "('alice@example.org', 1, 'example.org', 'alice@example.org', ''), "
        "('carol@example.org', 2, 'example.org', 'carol@example.org', '')");
    queue.hostname = "mx.example.org";
    replica_ = std::make_unique<Replica>(url_, store::StoreOptions{.queue = queue});
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), testing::IsEmpty());
  }

  pqxx::result Sql(const std::string& sql) { return connection_->ExecText("test", sql); }
  int64_t Number(const std::string& sql) { return Sql(sql)[0][0].as<int64_t>(); }
  int64_t InQueue() { return Number("SELECT count(*) FROM queue_recipient"); }
  // All leases end, and what waits is due: without a clock that a test could not wait for.
  void LetTimePass() {
    Sql("UPDATE queue_recipient SET next_attempt_at = (extract(epoch FROM now()) * 1000)::bigint");
    Sql("UPDATE queue_slot SET lease_until = 1");
    Sql("UPDATE queue_site SET next_due = 0, dead_until = 0");
  }

  absl::Status Send(const Sent& sent, Replica* replica = nullptr) {
    const auto stub = v1::Delivery::NewStub((replica == nullptr ? *replica_ : *replica).channel());
    grpc::ClientContext context;
    v1::DeliverResponse response;
    const auto writer = stub->Deliver(&context, &response);
    v1::DeliverRequest request;
    v1::DeliverStart& start = *request.mutable_start();
    start.set_idempotency_key(sent.key);
    start.mutable_account_ids()->Add(sent.accounts.begin(), sent.accounts.end());
    start.mutable_envelope()->set_reverse_path(sent.sender);
    start.mutable_envelope()->set_hold_seconds(sent.hold_seconds);
    start.mutable_envelope()->set_submitter_account_id(sent.submitter);
    start.mutable_envelope()->set_return_full(sent.return_full);
    start.mutable_envelope()->set_require_tls(sent.require_tls);
    start.mutable_envelope()->set_envelope_id("QQ314");
    for (const std::string& recipient : sent.recipients) {
      v1::OutboundRecipient& added = *start.add_recipients();
      added.set_forward_path(recipient);
      added.set_notify(sent.notify);
      added.set_forwarded(sent.forwarded);
      added.set_forwarded_by(sent.forwarded_by);
    }
    for (size_t i = 0; i < sent.message.size(); i += 200'000) {
      request.set_data(sent.message.substr(i, 200'000));
      request.set_last(i + 200'000 >= sent.message.size());
      writer->Write(request);
      request.Clear();
    }
    writer->WritesDone();
    return rpc::FromGrpc(writer->Finish());
  }

  std::string url_;
  std::unique_ptr<store::Connection> connection_;
  std::unique_ptr<Replica> replica_;
};

}  // namespace posthorn::component
