// Calls to replicas of mailstore over mutual TLS on loopback, replicas failing as they do.
#include "smtp-gateway/store/grpc_mail_store.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <condition_variable>
#include <future>
#include <limits>
#include <mutex>
#include <thread>

#include "common/rpc/status.h"
#include "common/runtime/runtime.h"
#include "common/testing/authority.h"
#include "posthorn/v1/delivery.grpc.pb.h"
#include "posthorn/v1/directory.grpc.pb.h"

namespace posthorn::smtp {
namespace {

using v1::ErrorDetail;

class FakeDirectory final : public v1::Directory::Service {
 public:
  grpc::Status ResolveRecipient(grpc::ServerContext*, const v1::ResolveRecipientRequest* request,
                                v1::ResolveRecipientResponse* response) override {
    ++calls;
    if (request->address().ends_with("@far.example")) {
      return rpc::ToGrpc(rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_NOT_LOCAL,
                                        "not served here"));
    }
    if (request->address() != "alice@example.org") {
      return rpc::ToGrpc(rpc::MakeError(absl::StatusCode::kNotFound,
                                        ErrorDetail::REASON_UNKNOWN_RECIPIENT, "nobody"));
    }
    response->add_account_ids(7);
    return grpc::Status::OK;
  }
  grpc::Status CheckSender(grpc::ServerContext*, const v1::CheckSenderRequest* request,
                           v1::CheckSenderResponse*) override {
    if (request->caller().ticket() == "ticket" && request->address() == "sales@example.org") {
      return grpc::Status::OK;
    }
    return rpc::ToGrpc(rpc::MakeError(absl::StatusCode::kPermissionDenied,
                                      ErrorDetail::REASON_FORBIDDEN, "not the user's"));
  }
  std::atomic<int> calls = 0;
};

class FakeStore final : public v1::Delivery::Service {
 public:
  grpc::Status Deliver(grpc::ServerContext*, grpc::ServerReader<v1::DeliverRequest>* reader,
                       v1::DeliverResponse* response) override {
    v1::DeliverRequest request;
    std::string message;
    bool last = false;
    while (reader->Read(&request)) {
      message += request.data();
      last = request.last();
    }
    return Take(message, last, response);
  }
  grpc::Status DeliverMany(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::DeliverManyResponse, v1::DeliverManyRequest>* stream) override {
    v1::DeliverManyRequest request;
    while (stream->Read(&request)) {
      if (ends_unanswered > 0) {
        --ends_unanswered;
        return grpc::Status(grpc::StatusCode::UNAVAILABLE, "killed");
      }
      v1::DeliverManyResponse response;
      for (const v1::DeliverManyRequest::Item& item : request.items()) {
        v1::DeliverManyResponse::Outcome& outcome = *response.add_outcomes();
        outcome.set_number(item.number());
        v1::DeliverResponse delivered;
        const grpc::Status status = Take(item.message().data(), item.message().last(), &delivered);
        if (status.ok()) {
          *outcome.mutable_delivered() = delivered;
        } else {
          outcome.set_error_code(status.error_code());
          outcome.set_error_message(status.error_message());
          outcome.set_error_details(status.error_details());
        }
      }
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
  void AwaitCalls(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return calls_ >= count; });
  }
  std::vector<std::string> messages() {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  std::atomic<bool> store_away = false;
  std::atomic<int> ends_unanswered = 0;

 private:
  grpc::Status Take(const std::string& message, bool last, v1::DeliverResponse* response) {
    const std::lock_guard lock(mutex_);
    ++calls_;
    changed_.notify_all();
    if (!last) {
      return grpc::Status(grpc::StatusCode::CANCELLED, "cut off");
    }
    if (store_away) {
      return rpc::ToGrpc(rpc::MakeError(absl::StatusCode::kUnavailable,
                                        ErrorDetail::REASON_STORE_UNAVAILABLE, "away"));
    }
    messages_.push_back(message);
    response->set_delivery_id("d" + std::to_string(messages_.size()));
    return grpc::Status::OK;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int calls_ = 0;
  std::vector<std::string> messages_;
};

struct FakeReplica {
  explicit FakeReplica(testing_support::Authority& authority) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", rpc::ServerCredentials(authority.Issue("mailstore")),
                             &port);
    builder.RegisterService(&directory);
    builder.RegisterService(&delivery);
    server = builder.BuildAndStart();
  }
  void Stop() { server->Shutdown(std::chrono::system_clock::now()); }
  FakeDirectory directory;
  FakeStore delivery;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

class GrpcMailStoreTest : public testing::Test {
 protected:
  GrpcMailStoreTest() : one_(authority_), two_(authority_), runtime_(1) {
    const std::string target =
        "127.0.0.1:" + std::to_string(one_.port) + ",127.0.0.1:" + std::to_string(two_.port);
    pool_ = *rpc::MailstorePool::Make(runtime_, target, authority_.Issue("smtp-gateway"));
    pool_->Start();
    store_ = std::make_unique<GrpcMailStore>(*pool_);
    thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(0)); });
    while (pool_->All().size() < 2) {
      std::this_thread::yield();
    }
  }
  ~GrpcMailStoreTest() override {
    asio::co_spawn(runtime_.context(0), store_->Close(), asio::use_future).get();
    runtime_.RequestDrain();
    thread_.join();
    one_.Stop();
    two_.Stop();
  }

  template <class T>
  T Run(asio::awaitable<T> work) {
    return asio::co_spawn(runtime_.context(0), std::move(work), asio::use_future).get();
  }

  static v1::DeliverRequest Message(const std::string& data) {
    v1::DeliverRequest request;
    request.mutable_start()->set_idempotency_key(std::string(16, 'k'));
    request.mutable_start()->add_account_ids(7);
    request.set_data(data);
    request.set_last(true);
    return request;
  }
  // The replica that the account of Message() prefers, and the other.
  FakeReplica& Preferred() {
    const std::string address = pool_->Ranked(rpc::KeyOf(uint64_t{7})).front()->address();
    return address == "ipv4:127.0.0.1:" + std::to_string(one_.port) ? one_ : two_;
  }
  FakeReplica& Other() { return &Preferred() == &one_ ? two_ : one_; }

  testing_support::Authority authority_;
  FakeReplica one_;
  FakeReplica two_;
  runtime::Runtime runtime_;
  std::unique_ptr<rpc::MailstorePool> pool_;
  std::unique_ptr<GrpcMailStore> store_;
  std::thread thread_;
};

TEST_F(GrpcMailStoreTest, ResolvesAndRemembersOnlyGoodAnswers) {
  for (int i = 0; i < 3; ++i) {
    const auto accounts = Run(store_->ResolveRecipient("alice@example.org", 0, "s"));
    ASSERT_TRUE(accounts.ok()) << accounts.status();
    ASSERT_EQ(accounts->account_ids_size(), 1);
    EXPECT_EQ(accounts->account_ids(0), 7u);
    const auto nobody = Run(store_->ResolveRecipient("nobody@example.org", 0, "s"));
    EXPECT_EQ(rpc::ReasonOf(nobody.status()), ErrorDetail::REASON_UNKNOWN_RECIPIENT);
  }
  EXPECT_EQ(one_.directory.calls + two_.directory.calls, 1 + 3);
}

TEST_F(GrpcMailStoreTest, ADomainElsewhereIsAskedForOnce) {
  for (const char* address : {"bob@far.example", "carol@FAR.example", "dave@far.example"}) {
    const auto answer = Run(store_->ResolveRecipient(address, 0, "s"));
    EXPECT_TRUE(absl::IsNotFound(answer.status()));
    EXPECT_EQ(rpc::ReasonOf(answer.status()), ErrorDetail::REASON_NOT_LOCAL);
  }
  // Once more if the machine was held up for a second in between.
  EXPECT_LT(one_.directory.calls + two_.directory.calls, 3);
}

TEST_F(GrpcMailStoreTest, ChecksSendersByTheTicket) {
  v1::Grant grant;
  grant.set_ticket("ticket");
  grant.set_account_id(7);
  grant.set_expires_at_unix_seconds(std::numeric_limits<int64_t>::max());
  const absl::Status own = Run(store_->CheckSender(grant, "sales@example.org", "s"));
  EXPECT_TRUE(own.ok()) << own;
  const absl::Status other = Run(store_->CheckSender(grant, "bob@example.org", "s"));
  EXPECT_EQ(rpc::ReasonOf(other), ErrorDetail::REASON_FORBIDDEN);
}

TEST_F(GrpcMailStoreTest, DeliversToThePreferredReplica) {
  const auto result = Run(store_->Deliver(Message("hello"), 0));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->delivery_id(), "d1");
  EXPECT_EQ(Preferred().delivery.messages(), std::vector<std::string>{"hello"});
}

TEST_F(GrpcMailStoreTest, AnotherAttemptGoesToAnotherReplica) {
  Preferred().delivery.store_away = true;
  const auto first = Run(store_->Deliver(Message("hello"), 0));
  EXPECT_EQ(rpc::ReasonOf(first.status()), ErrorDetail::REASON_STORE_UNAVAILABLE);
  EXPECT_TRUE(Run(store_->Deliver(Message("hello"), 1)).ok());
  EXPECT_EQ(Other().delivery.messages().size(), 1u);
}

TEST_F(GrpcMailStoreTest, AReplicaThatIsGoneGotNothing) {
  FakeReplica& preferred = Preferred();
  FakeReplica& other = Other();
  preferred.Stop();
  const auto first = Run(store_->Deliver(Message("hello"), 0));
  ASSERT_FALSE(first.ok());
  EXPECT_TRUE(absl::IsUnavailable(first.status())) << first.status();
  const auto second = Run(store_->Deliver(Message("hello"), 1));
  EXPECT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(other.delivery.messages().size(), 1u);
}

TEST_F(GrpcMailStoreTest, ManyAtATimeGetTheirOwnAnswers) {
  std::vector<std::future<absl::StatusOr<v1::DeliverResponse>>> answers;
  std::vector<v1::DeliverRequest> messages;
  for (int i = 0; i < 200; ++i) {
    messages.push_back(Message("m" + std::to_string(i)));
  }
  for (const v1::DeliverRequest& message : messages) {
    answers.push_back(
        asio::co_spawn(runtime_.context(0), store_->Deliver(message, 0), asio::use_future));
  }
  std::vector<std::string> ids;
  for (auto& answer : answers) {
    const auto result = answer.get();
    ASSERT_TRUE(result.ok()) << result.status();
    ids.push_back(result->delivery_id());
  }
  const std::vector<std::string> taken = Preferred().delivery.messages();
  ASSERT_EQ(taken.size(), messages.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const size_t place = std::stoul(ids[i].substr(1)) - 1;
    EXPECT_EQ(taken[place], messages[i].data());
  }
}

TEST_F(GrpcMailStoreTest, ACallThatEndsUnansweredLeavesTheOutcomeOpen) {
  Preferred().delivery.ends_unanswered = 1;
  const auto first = Run(store_->Deliver(Message("hello"), 0));
  EXPECT_TRUE(absl::IsUnavailable(first.status())) << first.status();
  EXPECT_EQ(rpc::ReasonOf(first.status()), ErrorDetail::REASON_UNSPECIFIED);
  const auto second = Run(store_->Deliver(Message("hello"), 1));
  EXPECT_TRUE(second.ok()) << second.status();
}

TEST_F(GrpcMailStoreTest, StreamsFramesAndCancelsWhatIsNotFinished) {
  auto send = [this](bool finish) -> asio::awaitable<absl::StatusOr<v1::DeliverResponse>> {
    v1::DeliverRequest frame = Message(std::string(200'000, 'x'));
    frame.set_last(false);
    auto stream = co_await store_->OpenDelivery(frame.start(), 0);
    (co_await (*stream)->Write(frame)).IgnoreError();
    frame.clear_start();
    (co_await (*stream)->Write(frame)).IgnoreError();
    if (!finish) {
      co_return absl::CancelledError("as the test wants it");
    }
    frame.set_last(true);
    (co_await (*stream)->Write(frame)).IgnoreError();
    co_return co_await (*stream)->Finish();
  };
  const auto whole = Run(send(true));
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_FALSE(Run(send(false)).ok());
  Preferred().delivery.AwaitCalls(2);
  ASSERT_EQ(Preferred().delivery.messages().size(), 1u);
  EXPECT_EQ(Preferred().delivery.messages()[0].size(), 600'000u);
}

}  // namespace
}  // namespace posthorn::smtp
