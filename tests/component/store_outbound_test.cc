// The outbound queue: what is queued with a delivery, leases of workers, and what becomes of
// recipients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/dkim_key.h"
#include "outbound_fixture.h"

namespace posthorn::component {
namespace {

using testing::IsEmpty;
using v1::AttemptResult;
using v1::ErrorDetail;
using v1::FinishWorkRequest;

using StoreOutboundTest = OutboundTest;

TEST_F(StoreOutboundTest, WhatIsQueuedIsClaimedFetchedAndGone) {
  Prepare();
  Worker worker(*replica_);
  EXPECT_FALSE(worker.Claim().has_slot());
  for (const size_t size : {500, 50'000, 3'000'000}) {
    const std::string message = MakeMessage("m", size);
    ASSERT_TRUE(
        Send({.recipients = {"bob@Far.Example", "dave@far.example"}, .message = message}).ok());
    const v1::Work work = worker.Claim();
    EXPECT_EQ(work.slot().site(), "far.example");
    ASSERT_EQ(work.recipients_size(), 2);
    ASSERT_EQ(work.messages_size(), 1);
    EXPECT_EQ(work.messages(0).size(), message.size());
    EXPECT_EQ(work.messages(0).envelope().envelope_id(), "QQ314");
    EXPECT_EQ(work.recipients(0).forward_path(), "bob@Far.Example");
    EXPECT_EQ(work.recipients(0).reverse_path(), "alice@example.org");
    EXPECT_EQ(work.recipients(0).attempts(), 1u);
    const auto octets = worker.Fetch(work.messages(0).message_id());
    ASSERT_TRUE(octets.ok()) << octets.status();
    EXPECT_TRUE(*octets == message);
    EXPECT_EQ(worker.Note(work), grpc::StatusCode::OK);
    EXPECT_THAT(worker.Finish(work, AttemptResult::OUTCOME_DELIVERED).fenced_recipient_ids(),
                IsEmpty());
    EXPECT_TRUE(absl::IsNotFound(worker.Fetch(work.messages(0).message_id()).status()));
    EXPECT_EQ(worker.Finish(work, AttemptResult::OUTCOME_DELIVERED).fenced_recipient_ids_size(), 2);
  }
  EXPECT_EQ(InQueue(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_message"), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'queued'"), 6);
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'delivered'"), 6);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_slot WHERE lease_until > 0"), 0);
}

// RFC 5321 4.4: the field is for mailboxes here; what goes on has none.
TEST_F(StoreOutboundTest, TheReturnPathStaysHere) {
  Prepare();
  Worker worker(*replica_);
  const std::string message = MakeMessage("m", 300'000);
  const std::string stored = "Return-Path: <alice@example.org>\r\n" + message;
  ASSERT_TRUE(Send({.accounts = {1}, .message = stored}).ok());
  EXPECT_EQ(*replica_->Body(1, 1, 1), stored);
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.messages_size(), 1);
  const auto octets = worker.Fetch(work.messages(0).message_id());
  ASSERT_TRUE(octets.ok()) << octets.status();
  EXPECT_TRUE(*octets == message);
}

TEST_F(StoreOutboundTest, SmallMessagesComeWithTheirClaim) {
  Prepare();
  const std::string small = MakeMessage("m", 5'000);
  ASSERT_TRUE(Send({.recipients = {"bob@far.example", "dave@far.example"},
                    .message = "Return-Path: <alice@example.org>\r\n" + small})
                  .ok());
  ASSERT_TRUE(Send({.message = MakeMessage("m", 70'000)}).ok());
  // From what the replica remembers, and from the database.
  Replica other(url_, {});
  for (Replica* replica : {replica_.get(), &other}) {
    Worker worker(*replica);
    const v1::Work work = worker.Claim();
    ASSERT_EQ(work.messages_size(), 2);
    for (const v1::QueuedMessage& message : work.messages()) {
      EXPECT_TRUE(message.octets() == (message.size() < 10'000 ? small : "")) << message.size();
    }
    EXPECT_EQ(Number("SELECT count(*) FROM queue_recipient WHERE data_sent"), 2);
    LetTimePass();
  }
}

TEST_F(StoreOutboundTest, AnAnswerHasRoomForSoMany) {
  Prepare();
  Worker worker(*replica_);
  const std::string message = MakeMessage("m", 60'000);
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(Send({.message = message}).ok());
  }
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.messages_size(), 30);
  int carried = 0;
  for (const v1::QueuedMessage& queued : work.messages()) {
    carried += queued.octets().empty() ? 0 : 1;
    EXPECT_TRUE(queued.octets().empty() || queued.octets() == message);
  }
  EXPECT_EQ(carried, 17);
  EXPECT_LT(work.ByteSizeLong(), 2u << 20);
}

TEST_F(StoreOutboundTest, LocalAndOutsideAreOneDelivery) {
  Prepare();
  const Sent sent{.accounts = {1, 2}, .message = MakeMessage("both", 900'000)};
  ASSERT_TRUE(Send(sent).ok());
  ASSERT_TRUE(Send(sent).ok());  // the same key
  EXPECT_EQ(*replica_->Body(1, 1, 1), sent.message);
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 1u);
  EXPECT_EQ(InQueue(), 1);
  const Sent outside{};
  ASSERT_TRUE(Send(outside).ok());
  ASSERT_TRUE(Send(outside).ok());
  EXPECT_EQ(InQueue(), 2);
  EXPECT_TRUE(replica_->Settle({}, outside.key)->delivered());
  const std::string never = RandomKey();
  EXPECT_FALSE(replica_->Settle({}, never)->delivered());
  EXPECT_TRUE(absl::IsAborted(Send({.key = never})));
  // An account that is gone takes the part outside with it.
  EXPECT_EQ(rpc::ReasonOf(Send({.accounts = {77}})), ErrorDetail::REASON_UNKNOWN_RECIPIENT);
  EXPECT_TRUE(absl::IsInvalidArgument(Send({.recipients = {"nobody"}})));
  EXPECT_TRUE(absl::IsInvalidArgument(Send({.recipients = {}})));
  EXPECT_EQ(InQueue(), 2);
}

TEST_F(StoreOutboundTest, ALeaseIsOneWorkersUntilItEnds) {
  Prepare();
  ASSERT_TRUE(Send({}).ok());
  Worker first(*replica_);
  Worker second(*replica_);
  const v1::Work lost = first.Claim();
  ASSERT_EQ(lost.recipients_size(), 1);
  EXPECT_FALSE(second.Claim().has_slot());
  EXPECT_TRUE(first.Renew(lost).slot_held());
  EXPECT_EQ(first.Renew(lost).recipient_ids_size(), 1);
  EXPECT_FALSE(second.Renew(lost).slot_held());
  EXPECT_EQ(second.Note(lost), grpc::StatusCode::ABORTED);
  LetTimePass();
  const v1::Work taken = second.Claim();
  ASSERT_EQ(taken.recipients_size(), 1);
  EXPECT_EQ(taken.recipients(0).attempts(), 2u);
  EXPECT_GT(taken.recipients(0).lease_epoch(), lost.recipients(0).lease_epoch());
  EXPECT_EQ(first.Renew(lost).recipient_ids_size(), 0);
  EXPECT_EQ(first.Note(lost), grpc::StatusCode::ABORTED);
  EXPECT_EQ(first.Finish(lost, AttemptResult::OUTCOME_FAILED).fenced_recipient_ids_size(), 1);
  EXPECT_EQ(InQueue(), 1);
  EXPECT_THAT(second.Finish(taken, AttemptResult::OUTCOME_DELIVERED).fenced_recipient_ids(),
              IsEmpty());
  EXPECT_EQ(InQueue(), 0);
}

TEST_F(StoreOutboundTest, ASenderHereFindsTheNotificationInItsInbox) {
  Prepare();
  ASSERT_TRUE(
      Send({.recipients = {"bob@far.example", "dave@far.example"}, .return_full = true}).ok());
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_FAILED);
  EXPECT_EQ(InQueue(), 0);
  ASSERT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);  // of both
  const std::string report = *replica_->Body(1, 1, 1);
  for (const char* part : {"multipart/report", "Final-Recipient: rfc822; bob@far.example",
                           "rfc822; dave@far.example", "Action: failed", "QQ314",
                           "550 no such user", "mx.far.example", "which says what lines of mail"}) {
    EXPECT_TRUE(absl::StrContains(report, part)) << part << report;
  }
}

TEST_F(StoreOutboundTest, ASenderElsewhereIsSentItsNotification) {
  Prepare();
  ASSERT_TRUE(Send({.sender = "eve@away.example"}).ok());
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_FAILED);
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.recipients_size(), 1);
  EXPECT_EQ(work.slot().site(), "away.example");
  EXPECT_EQ(work.recipients(0).forward_path(), "eve@away.example");
  EXPECT_EQ(work.recipients(0).reverse_path(), "");
  EXPECT_TRUE(absl::StrContains(*worker.Fetch(work.messages(0).message_id()), "Action: failed"));
  // Nobody is told of a notification that failed.
  worker.Finish(work, AttemptResult::OUTCOME_FAILED);
  EXPECT_EQ(InQueue(), 0);
}

// RFC 8689 5.
TEST_F(StoreOutboundTest, ANotificationOfMailThatRequiresTlsRequiresIt) {
  Prepare();
  ASSERT_TRUE(Send({.sender = "eve@away.example", .return_full = true, .require_tls = true}).ok());
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_FAILED);
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.messages_size(), 1);
  EXPECT_TRUE(work.messages(0).envelope().require_tls());
  const std::string report = *worker.Fetch(work.messages(0).message_id());
  EXPECT_TRUE(absl::StrContains(report, "Subject: out")) << report;
  EXPECT_FALSE(absl::StrContains(report, "which says what lines of mail")) << report;
}

TEST_F(StoreOutboundTest, NotifySaysWhoIsTold) {
  Prepare();
  Worker worker(*replica_);
  const auto reports = [&](uint32_t notify, AttemptResult::Outcome outcome) {
    const uint32_t before = replica_->Open(1, "INBOX")->counters().messages();
    EXPECT_TRUE(Send({.notify = notify}).ok());
    worker.Finish(worker.Claim(), outcome);
    return replica_->Open(1, "INBOX")->counters().messages() - before;
  };
  EXPECT_EQ(reports(v1::NOTIFY_NEVER, AttemptResult::OUTCOME_FAILED), 0u);
  EXPECT_EQ(reports(v1::NOTIFY_SUCCESS, AttemptResult::OUTCOME_FAILED), 0u);
  EXPECT_EQ(reports(v1::NOTIFY_FAILURE, AttemptResult::OUTCOME_FAILED), 1u);
  EXPECT_EQ(reports(v1::NOTIFY_FAILURE, AttemptResult::OUTCOME_DELIVERED), 0u);
  EXPECT_EQ(reports(v1::NOTIFY_SUCCESS, AttemptResult::OUTCOME_DELIVERED), 1u);
}

TEST_F(StoreOutboundTest, DeferredMailIsTriedAgainAndReturnedInTheEnd) {
  Prepare();
  ASSERT_TRUE(Send({}).ok());
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_UNTRIED);
  EXPECT_EQ(Number("SELECT attempts FROM queue_recipient"), 0);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_DEFERRED);
  EXPECT_FALSE(worker.Claim().has_slot());
  EXPECT_EQ(Number("SELECT attempts FROM queue_recipient"), 1);
  const int64_t wait = Number(
      "SELECT next_attempt_at - (extract(epoch FROM now()) * 1000)::bigint FROM queue_recipient");
  EXPECT_GT(wait, 60'000);
  EXPECT_LT(wait, 110'000);
  EXPECT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 0u);
  // Once it is late its sender is told, once.
  for (int i = 0; i < 2; ++i) {
    LetTimePass();
    Sql("UPDATE queue_message SET created_at = created_at - 5 * 3600");
    worker.Finish(worker.Claim(), AttemptResult::OUTCOME_DEFERRED);
    ASSERT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  }
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "Action: delayed"));
  LetTimePass();
  Sql("UPDATE queue_message SET expires_at = 1");
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_DEFERRED);
  EXPECT_EQ(InQueue(), 0);
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 2), "Status: 5.4.7"));
  EXPECT_EQ(Number("SELECT count(*) FROM delivery_log WHERE event = 'expired'"), 1);
}

TEST_F(StoreOutboundTest, ASiteHasAWindowAndADeadOneRests) {
  Prepare({.site_connections = 20});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Send({}).ok());
  }
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<v1::Work> held;
  std::set<uint32_t> numbers;
  for (int i = 0; i < 8; ++i) {
    workers.push_back(std::make_unique<Worker>(*replica_));
    v1::Work work = workers.back()->Claim(1);
    if (work.has_slot()) {
      numbers.insert(work.slot().number());
      held.push_back(std::move(work));
    }
  }
  EXPECT_THAT(numbers, testing::ElementsAre(0, 1, 2, 3, 4));
  ASSERT_EQ(held.size(), 5u);
  // A connection that is open goes on under its slot.
  const auto more = workers[0]->Finish(held[0], AttemptResult::OUTCOME_DELIVERED,
                                       FinishWorkRequest::SITE_GOOD, 2);
  EXPECT_EQ(more.work().recipients_size(), 2);
  EXPECT_EQ(more.work().slot().epoch(), held[0].slot().epoch());
  workers[1]->Finish(held[1], AttemptResult::OUTCOME_DEFERRED, FinishWorkRequest::SITE_DEAD, 2);
  EXPECT_FALSE(workers[7]->Claim(1).has_slot());
  EXPECT_EQ(Number("SELECT failures FROM queue_site"), 1);
  EXPECT_EQ(Number("SELECT floor(window_size) FROM queue_site"), 2);
  Sql("UPDATE queue_site SET dead_until = 0");
  EXPECT_TRUE(workers[7]->Claim(1).has_slot());
  Sql("UPDATE queue_slot SET lease_until = 0");
  Sql("UPDATE queue_site SET suspended = true");
  EXPECT_FALSE(workers[7]->Claim(1).has_slot());
}

TEST_F(StoreOutboundTest, HeldMailStaysAndThenGoesToAllOfItsRecipients) {
  Prepare();
  ASSERT_TRUE(Send({.recipients = {"carol@example.org", "bob@far.example", "gone@example.org"},
                    .hold_seconds = 3'600})
                  .ok());
  EXPECT_TRUE(absl::IsInvalidArgument(Send({.accounts = {1}, .hold_seconds = 3'600})));
  Worker worker(*replica_);
  EXPECT_FALSE(worker.Claim().has_slot());
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 0u);
  LetTimePass();
  const v1::Work work = worker.Claim();
  ASSERT_EQ(work.recipients_size(), 1);
  EXPECT_EQ(work.recipients(0).forward_path(), "bob@far.example");
  while (Number("SELECT count(*) FROM queue_recipient WHERE site = 'local'") > 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(*replica_->Body(2, 1, 1), MakeMessage("out"));
  // Of the one that is not there the sender is told.
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "gone@example.org"));
  worker.Finish(work, AttemptResult::OUTCOME_DELIVERED);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_message"), 0);
}

TEST_F(StoreOutboundTest, ForwardedMailLeavesUnderOurName) {
  Prepare();
  ASSERT_TRUE(Send({.sender = "eve@away.example", .forwarded = true}).ok());
  ASSERT_TRUE(Send({.sender = "", .forwarded = true}).ok());
  ASSERT_TRUE(Send({.sender = "alice@example.org", .forwarded = true}).ok());
  Worker worker(*replica_);
  const v1::Work work = worker.Claim();
  std::vector<std::string> senders;
  for (const v1::LeasedRecipient& recipient : work.recipients()) {
    senders.push_back(recipient.reverse_path());
  }
  EXPECT_THAT(senders, testing::UnorderedElementsAre(
                           "", "alice@example.org",
                           testing::MatchesRegex("SRS0=.*=away.example=eve@example.org")));
}

// SPF and DMARC look at the domain that the mail was sent to, not at another one that is here too.
TEST_F(StoreOutboundTest, ForwardedMailLeavesUnderTheDomainThatForwards) {
  Prepare();
  Sql("INSERT INTO domain (domain, created_at) VALUES ('second.example', now() + interval '1 "
      "day')");
  for (const char* by : {"list@Second.example", "list@example.org", "copy@elsewhere.example"}) {
    ASSERT_TRUE(Send({.sender = "eve@away.example", .forwarded = true, .forwarded_by = by}).ok());
  }
  Worker worker(*replica_);
  std::vector<std::string> senders;
  const v1::Work work = worker.Claim();
  for (const v1::LeasedRecipient& recipient : work.recipients()) {
    senders.push_back(recipient.reverse_path());
  }
  const auto srs_at = [](const std::string& domain) {
    return testing::MatchesRegex("SRS0=.*=away.example=eve@" + domain);
  };
  EXPECT_THAT(senders, testing::UnorderedElementsAre(srs_at("second.example"),
                                                     srs_at("example.org"), srs_at("example.org")));
}

TEST_F(StoreOutboundTest, ASubmitterHasALimitADay) {
  Prepare({.sending_limit = 3});
  const Sent two{.recipients = {"a@far.example", "b@far.example"}, .submitter = 1};
  const absl::Status status = Send(two);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(rpc::ReasonOf(Send({.recipients = two.recipients, .submitter = 1})),
            ErrorDetail::REASON_SENDING_LIMIT);
  ASSERT_TRUE(Send(two).ok());  // the same key: not counted
  ASSERT_TRUE(Send({.submitter = 1}).ok());
  EXPECT_EQ(Number("SELECT recipients FROM sending_count"), 3);
  Sql("INSERT INTO sending_limit VALUES (1, 4), (2, 1)");
  EXPECT_TRUE(Send({.submitter = 1}).ok());
  EXPECT_FALSE(Send({.submitter = 1}).ok());
  EXPECT_FALSE(Send({.recipients = two.recipients, .submitter = 2}).ok());
  EXPECT_TRUE(Send({.submitter = 2}).ok());
}

TEST_F(StoreOutboundTest, RoutesGoBeforeDomains) {
  Prepare();
  v1::Route route;
  route.set_host("smarthost.example");
  const auto add = [&](const std::string& recipient, const std::string& sender,
                       const std::string& name) {
    pqxx::result ignored = connection_->ExecText(
        "route",
        absl::StrCat("INSERT INTO queue_route VALUES ('", recipient, "', '", sender, "', '", name,
                     "', '\\x", absl::BytesToHexString(route.SerializeAsString()), "')"));
  };
  add("far.example", "", "far");
  add("", "example.org", "ours");
  ASSERT_TRUE(Send({}).ok());
  ASSERT_TRUE(Send({.recipients = {"bob@near.example"}}).ok());
  ASSERT_TRUE(Send({.recipients = {"bob@near.example"}, .sender = "eve@away.example"}).ok());
  Worker worker(*replica_);
  std::map<std::string, std::string> hosts;
  for (v1::Work work = worker.Claim(); work.has_slot(); work = worker.Claim()) {
    hosts[work.slot().site()] = work.route().host();
  }
  EXPECT_THAT(hosts, testing::UnorderedElementsAre(testing::Pair("route:far", "smarthost.example"),
                                                   testing::Pair("route:ours", "smarthost.example"),
                                                   testing::Pair("near.example", "")));
}

TEST_F(StoreOutboundTest, WhatAnAdministratorReturnsIsReturned) {
  Prepare();
  ASSERT_TRUE(Send({}).ok());
  Sql("UPDATE queue_recipient SET bounce = true");
  Worker worker(*replica_);
  EXPECT_FALSE(worker.Claim().has_slot());
  EXPECT_EQ(InQueue(), 0);
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "returned by the administrator"));
}

TEST_F(StoreOutboundTest, WhoIsToldOfSuccessIsToldWithTheDelivery) {
  Prepare();
  const auto stub = v1::Delivery::NewStub(replica_->channel());
  v1::DeliverRequest request;
  v1::DeliverStart& start = *request.mutable_start();
  start.set_idempotency_key(RandomKey());
  start.add_account_ids(2);
  start.mutable_envelope()->set_reverse_path("alice@example.org");
  start.add_success_recipients()->set_forward_path("carol@example.org");
  request.set_data(MakeMessage("told"));
  request.set_last(true);
  for (int i = 0; i < 2; ++i) {  // the second time under the same key
    grpc::ClientContext context;
    v1::DeliverResponse response;
    const auto writer = stub->Deliver(&context, &response);
    writer->Write(request);
    writer->WritesDone();
    ASSERT_TRUE(writer->Finish().ok());
  }
  EXPECT_EQ(replica_->Open(2, "INBOX")->counters().messages(), 1u);
  ASSERT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "Action: delivered"));
}

// RFC 3464 2.3.3: with nobody here behind the address, too.
TEST_F(StoreOutboundTest, AnAddressThatLeadsToManyIsToldOfAsExpanded) {
  Prepare();
  const auto stub = v1::Delivery::NewStub(replica_->channel());
  v1::DeliverRequest request;
  v1::DeliverStart& start = *request.mutable_start();
  start.set_idempotency_key(RandomKey());
  start.mutable_envelope()->set_reverse_path("alice@example.org");
  for (const char* member : {"one@far.example", "two@far.example"}) {
    v1::OutboundRecipient& recipient = *start.add_recipients();
    recipient.set_forward_path(member);
    recipient.set_notify(v1::NOTIFY_NEVER);
  }
  start.add_success_recipients()->set_forward_path("list@example.org");
  start.mutable_success_recipients(0)->set_expanded(true);
  request.set_data(MakeMessage("to many"));
  request.set_last(true);
  grpc::ClientContext context;
  v1::DeliverResponse response;
  const auto writer = stub->Deliver(&context, &response);
  writer->Write(request);
  writer->WritesDone();
  ASSERT_TRUE(writer->Finish().ok());
  EXPECT_EQ(InQueue(), 2);
  ASSERT_EQ(replica_->Open(1, "INBOX")->counters().messages(), 1u);
  const std::string told = *replica_->Body(1, 1, 1);
  EXPECT_TRUE(absl::StrContains(told, "Final-Recipient: rfc822; list@example.org\r\n"));
  EXPECT_TRUE(absl::StrContains(told, "Action: expanded\r\n"));
}

TEST_F(StoreOutboundTest, ANotificationWaitsForRoom) {
  Prepare();
  ASSERT_TRUE(Send({}).ok());
  Sql("UPDATE account SET quota_messages = 1, used_messages = 1 WHERE account_id = 1");
  Worker worker(*replica_);
  worker.Finish(worker.Claim(), AttemptResult::OUTCOME_FAILED);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_recipient WHERE site = 'local'"), 1);
  Sql("UPDATE account SET quota_messages = 0, used_messages = 0 WHERE account_id = 1");
  while (InQueue() > 0) {
    LetTimePass();
    std::this_thread::yield();
  }
  EXPECT_TRUE(absl::StrContains(*replica_->Body(1, 1, 1), "Action: failed"));
}

TEST_F(StoreOutboundTest, SubmissionsAreSigned) {
  Prepare();
  const auto key = mail::GenerateDkimKey(mail::DkimAlgorithm::kEd25519Sha256);
  ASSERT_TRUE(key.ok()) << key.status();
  Sql(absl::StrCat("INSERT INTO dkim_key VALUES ('example.org', 'sel', 2, 2, '", *key,
                   "', 1, 1), ('example.org', 'next', 2, 1, '", *key, "', 1, 1)"));
  Worker worker(*replica_);
  const auto sent = [&](const Sent& what) {
    EXPECT_TRUE(Send(what).ok());
    const v1::Work work = worker.Claim();
    std::string octets = *worker.Fetch(work.messages(0).message_id());
    EXPECT_EQ(octets, work.messages(0).octets());
    worker.Finish(work, AttemptResult::OUTCOME_DELIVERED);
    return octets;
  };
  const std::string own = sent({.submitter = 1});
  EXPECT_TRUE(absl::StartsWith(own, "DKIM-Signature:")) << own;
  EXPECT_TRUE(absl::StrContains(own, "d=example.org"));
  EXPECT_FALSE(absl::StrContains(own, "s=next"));
  EXPECT_TRUE(absl::EndsWith(own, "\r\n" + MakeMessage("out")));
  // Not what comes from others, nor in the name of a domain that the envelope is not of.
  EXPECT_EQ(sent({}), MakeMessage("out"));
  EXPECT_EQ(sent({.sender = "alice@other.example", .submitter = 1}), MakeMessage("out"));
}

// Enqueuers and workers of two replicas at once: every recipient is delivered, and once. A wake-up
// that were lost would leave one behind, for the sites rest as soon as they are empty.
TEST_F(StoreOutboundTest, NothingIsLostAndNothingIsDoneTwice) {
  Prepare();
  Replica other(url_);
  constexpr int kEnqueuers = 4;
  constexpr int kEach = 60;
  constexpr int kTotal = kEnqueuers * kEach * 2;
  std::atomic<int> delivered = 0;
  std::mutex mutex;
  std::map<uint64_t, int> times;
  std::vector<std::thread> threads;
  for (int i = 0; i < kEnqueuers; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kEach; ++n) {
        const std::string site = absl::StrCat("s", (i + n) % 3, ".example");
        EXPECT_TRUE(Send({.recipients = {absl::StrCat("a@", site), "b@hot.example"}},
                         i % 2 == 0 ? replica_.get() : &other)
                        .ok());
      }
    });
  }
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      Worker worker(i % 2 == 0 ? *replica_ : other);
      while (delivered < kTotal) {
        v1::Work work = worker.Claim(7, 1'000);
        while (work.has_slot()) {
          {
            const std::lock_guard lock(mutex);
            for (const v1::LeasedRecipient& recipient : work.recipients()) {
              ++times[recipient.recipient_id()];
            }
          }
          const v1::FinishWorkResponse finished = worker.Finish(
              work, AttemptResult::OUTCOME_DELIVERED, FinishWorkRequest::SITE_GOOD, 7);
          EXPECT_THAT(finished.fenced_recipient_ids(), IsEmpty());
          delivered += work.recipients_size();
          work = finished.work();
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(delivered, kTotal);
  EXPECT_EQ(times.size(), static_cast<size_t>(kTotal));
  for (const auto& [id, n] : times) {
    EXPECT_EQ(n, 1) << id;
  }
  EXPECT_EQ(InQueue(), 0);
  EXPECT_EQ(Number("SELECT count(*) FROM queue_message"), 0);
}

}  // namespace
}  // namespace posthorn::component
