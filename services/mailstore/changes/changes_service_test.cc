// Watches that end while the gateway goes on sending requests.
#include "mailstore/changes/changes_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace posthorn::store {
namespace {

constexpr int kStreams = 8;
constexpr int kRounds = 20;

// A gateway's stream: sends requests, none of which waits for the one before to be read, until the
// stream is over.
class Gateway {
 public:
  explicit Gateway(v1::Changes::Stub& stub) : stream_(stub.Watch(&context_)) {
    v1::WatchKey key;
    key.set_account_id(1);
    key.set_mailbox_id(static_cast<uint32_t>(kInbox.value()));
    *request_.add_remove() = key;
    *request_.add_add() = key;
    writer_ = std::thread([this] {
      while (stream_->Write(request_)) {
      }
    });
  }
  ~Gateway() { writer_.join(); }

  void Cancel() { context_.TryCancel(); }
  grpc::Status AwaitEnd() {
    v1::WatchResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  v1::WatchRequest request_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchRequest, v1::WatchResponse>> stream_;
  std::thread writer_;
};

class Mailstore {
 public:
  Mailstore() : runtime_(2), service_(runtime_, hub_) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(10)); });
    stub_ = v1::Changes::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                     grpc::InsecureChannelCredentials()));
  }
  ~Mailstore() {
    runtime_.RequestDrain();
    thread_.join();
  }

  ChangeHub& hub() { return hub_; }
  // Streams whose requests are being read.
  std::vector<std::unique_ptr<Gateway>> Gateways() {
    std::vector<std::unique_ptr<Gateway>> gateways;
    for (int i = 0; i < kStreams; ++i) {
      gateways.push_back(std::make_unique<Gateway>(*stub_));
    }
    while (hub_.Watched().empty()) {
      std::this_thread::yield();
    }
    return gateways;
  }
  // All calls are over, and what they left behind for the executors is done.
  void Shutdown() {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(10));
    for (size_t i = 0; i < runtime_.size(); ++i) {
      boost::asio::post(runtime_.context(i), boost::asio::use_future).get();
    }
  }

 private:
  runtime::Runtime runtime_;
  ChangeHub hub_;
  ChangesService service_;
  std::unique_ptr<grpc::Server> server_;
  std::thread thread_;
  std::unique_ptr<v1::Changes::Stub> stub_;
};

TEST(ChangesServiceTest, ADrainEndsStreamsWhoseRequestsStillCome) {
  for (int round = 0; round < kRounds; ++round) {
    Mailstore mailstore;
    const auto gateways = mailstore.Gateways();
    mailstore.hub().Close();
    for (const auto& gateway : gateways) {
      const grpc::Status ended = gateway->AwaitEnd();
      EXPECT_TRUE(ended.ok()) << ended.error_message();
    }
    mailstore.Shutdown();
    EXPECT_THAT(mailstore.hub().Watched(), testing::IsEmpty());
  }
}

TEST(ChangesServiceTest, AGatewayThatGoesAwayWatchesNothing) {
  for (int round = 0; round < kRounds; ++round) {
    Mailstore mailstore;
    for (const auto& gateway : mailstore.Gateways()) {
      gateway->Cancel();
      EXPECT_EQ(gateway->AwaitEnd().error_code(), grpc::StatusCode::CANCELLED);
    }
    mailstore.Shutdown();
    EXPECT_THAT(mailstore.hub().Watched(), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace posthorn::store
