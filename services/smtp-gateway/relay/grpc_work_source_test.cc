// Calls to replicas of mailstore over mutual TLS on loopback.
#include "smtp-gateway/relay/grpc_work_source.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <thread>

#include "common/runtime/runtime.h"
#include "common/testing/authority.h"
#include "smtp-gateway/testing/fake_outbound.h"

namespace posthorn::relay {
namespace {

struct FakeReplica {
  explicit FakeReplica(testing_support::Authority& authority) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", rpc::ServerCredentials(authority.Issue("mailstore")),
                             &port);
    builder.RegisterService(&outbound);
    server = builder.BuildAndStart();
  }
  FakeOutbound outbound;
  std::unique_ptr<grpc::Server> server;
  int port = 0;
};

class GrpcWorkSourceTest : public testing::Test {
 protected:
  GrpcWorkSourceTest() {
    const std::string target =
        "127.0.0.1:" + std::to_string(first_.port) + ",127.0.0.1:" + std::to_string(second_.port);
    pool_ = *rpc::MailstorePool::Make(runtime_, target, authority_.Issue("smtp-gateway"));
    pool_->Start();
    source_ = std::make_unique<GrpcWorkSource>(*pool_);
    thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(10)); });
    while (pool_->All().size() < 2) {
      std::this_thread::yield();
    }
  }
  ~GrpcWorkSourceTest() override {
    runtime_.RequestDrain();
    thread_.join();
    first_.server->Shutdown(std::chrono::system_clock::now());
    second_.server->Shutdown(std::chrono::system_clock::now());
  }
  template <class T>
  std::future<T> Start(asio::awaitable<T> call) {
    return asio::co_spawn(runtime_.context(0), std::move(call), asio::use_future);
  }
  asio::awaitable<absl::StatusOr<std::string>> FetchAll(uint64_t id) {
    const auto body = source_->Open(runtime_.context(0).get_executor(), id);
    std::string all;
    while (true) {
      const auto piece = co_await body->Next();
      if (!piece.ok()) {
        co_return piece.status();
      }
      if (piece->empty()) {
        co_return all;
      }
      all.append(piece->data(), piece->size());
    }
  }

  testing_support::Authority authority_;
  FakeReplica first_{authority_};
  FakeReplica second_{authority_};
  runtime::Runtime runtime_{1};
  std::unique_ptr<rpc::MailstorePool> pool_;
  std::unique_ptr<GrpcWorkSource> source_;
  std::thread thread_;
};

TEST_F(GrpcWorkSourceTest, FetchesFromWhatReplicaThereIs) {
  const std::string body(600'000, 'x');
  first_.outbound.Fill(1, body);
  second_.outbound.Fill(1, body);
  EXPECT_EQ(*Start(FetchAll(1)).get(), body);
  first_.server->Shutdown(std::chrono::system_clock::now());
  for (uint64_t id = 1; id <= 10; ++id) {
    EXPECT_EQ(*Start(FetchAll(id)).get(), body) << id;
  }
}

TEST_F(GrpcWorkSourceTest, ABodyThatBreaksIsNotBegunAgain) {
  for (FakeReplica* replica : {&first_, &second_}) {
    replica->outbound.Fill(1, std::string(600'000, 'x'));
    replica->outbound.BreakBodies({grpc::StatusCode::UNAVAILABLE, "killed"});
  }
  EXPECT_TRUE(absl::IsUnavailable(Start(FetchAll(1)).get().status()));
  for (FakeReplica* replica : {&first_, &second_}) {
    replica->outbound.Fill(1, "");
    replica->outbound.BreakBodies({grpc::StatusCode::NOT_FOUND, "it has left the queue"});
  }
  EXPECT_TRUE(absl::IsNotFound(Start(FetchAll(1)).get().status()));
}

TEST_F(GrpcWorkSourceTest, ADrainEndsClaims) {
  v1::ClaimWorkRequest request;
  request.set_max_recipients(10);
  request.set_wait_milliseconds(30'000);
  second_.server->Shutdown(std::chrono::system_clock::now());
  auto one = Start(source_->Claim(request));
  auto other = Start(source_->Claim(request));
  first_.outbound.AwaitClaims(2);
  source_->CancelClaims();
  EXPECT_TRUE(absl::IsCancelled(one.get().status()));
  EXPECT_TRUE(absl::IsCancelled(other.get().status()));
  EXPECT_TRUE(absl::IsCancelled(Start(source_->Claim(request)).get().status()));
}

TEST_F(GrpcWorkSourceTest, ALostLeaseIsAborted) {
  v1::NoteDataSentRequest request;
  request.add_leases()->set_lease_epoch(FakeOutbound::kEpoch);
  EXPECT_TRUE(Start(source_->NoteDataSent(request)).get().ok());
  request.mutable_leases(0)->set_lease_epoch(2);
  EXPECT_TRUE(absl::IsAborted(Start(source_->NoteDataSent(request)).get()));
}

}  // namespace
}  // namespace posthorn::relay
