// The coroutine adapters of both sides against each other, over mutual TLS on loopback.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <thread>

#include "common/rpc/client_call.h"
#include "common/rpc/server_call.h"
#include "common/testing/authority.h"
#include "posthorn/v1/delivery.grpc.pb.h"
#include "posthorn/v1/mailbox.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::rpc {
namespace {

using testing_support::Authority;

// Answers with what it was asked, so that a test sees both directions.
class EchoMailbox final : public v1::Mailbox::CallbackService {
 public:
  explicit EchoMailbox(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  grpc::ServerUnaryReactor* CreateMailbox(grpc::CallbackServerContext* context,
                                          const v1::CreateMailboxRequest* request,
                                          v1::CreateMailboxResponse* response) override {
    return RunUnary(executor_, context, Create(PeerName(*context), *request, *response));
  }

 private:
  asio::awaitable<absl::Status> Create(std::string peer, const v1::CreateMailboxRequest& request,
                                       v1::CreateMailboxResponse& response) {
    co_await runtime::Sleep(std::chrono::milliseconds(1));
    if (request.name() == "throw") {
      throw std::runtime_error("a defect");
    }
    if (request.name() != peer) {
      co_return MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                          "no such mailbox");
    }
    response.set_mailbox_id(42);
    co_return absl::OkStatus();
  }
  asio::any_io_executor executor_;
};

class EchoDelivery final : public v1::Delivery::CallbackService {
 public:
  explicit EchoDelivery(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  grpc::ServerReadReactor<v1::DeliverRequest>* Deliver(grpc::CallbackServerContext*,
                                                       v1::DeliverResponse* response) override {
    auto* reader = new ServerReader<v1::DeliverRequest>(executor_);
    return reader->Run(Take(*reader, *response));
  }

 private:
  asio::awaitable<absl::Status> Take(ServerReader<v1::DeliverRequest>& reader,
                                     v1::DeliverResponse& response) {
    size_t octets = 0;
    v1::DeliverRequest request;
    bool last = false;
    while (!last && co_await reader.Read(&request)) {
      octets += request.data().size();
      last = request.last();
      if (request.data() == "refuse") {
        co_return absl::ResourceExhaustedError("full");
      }
    }
    if (!last) {
      co_return absl::CancelledError("cut off");
    }
    response.set_delivery_id(std::to_string(octets));
    co_return absl::OkStatus();
  }
  asio::any_io_executor executor_;
};

class CountingMessage final : public v1::Message::CallbackService {
 public:
  explicit CountingMessage(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  grpc::ServerWriteReactor<v1::BodyFrame>* FetchBody(grpc::CallbackServerContext*,
                                                     const v1::FetchBodyRequest* request) override {
    auto* writer = new ServerWriter<v1::BodyFrame>(executor_);
    return writer->Run(Send(*writer, *request));
  }
  std::promise<void> client_gone;

 private:
  asio::awaitable<absl::Status> Send(ServerWriter<v1::BodyFrame>& writer,
                                     const v1::FetchBodyRequest& request) {
    v1::BodyFrame frame;
    frame.set_data(std::string(100000, 'x'));
    const bool endless = request.ranges_size() == 0;
    for (int i = 0; endless || i < request.ranges_size(); ++i) {
      frame.set_uid(static_cast<uint32_t>(i + 1));
      if (!co_await writer.Write(frame)) {
        client_gone.set_value();
        co_return absl::CancelledError("client gone");
      }
    }
    co_return absl::OkStatus();
  }
  asio::any_io_executor executor_;
};

class CallTest : public testing::Test {
 protected:
  CallTest()
      : guard_(asio::make_work_guard(context_)),
        mailbox_(context_.get_executor()),
        delivery_(context_.get_executor()),
        message_(context_.get_executor()) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", ServerCredentials(authority_.Issue("mailstore")),
                             &port);
    builder.RegisterService(&mailbox_);
    builder.RegisterService(&delivery_);
    builder.RegisterService(&message_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
    thread_ = std::thread([this] { context_.run(); });
    channel_ = Channel(authority_.Issue("imap-gateway"));
  }
  ~CallTest() override {
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
    guard_.reset();
    context_.stop();
    thread_.join();
  }
  std::shared_ptr<grpc::Channel> Channel(const CertificateFiles& files) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("mailstore");
    return grpc::CreateCustomChannel(address_, ChannelCredentials(files), arguments);
  }
  template <class T>
  T Run(asio::awaitable<T> work) {
    return asio::co_spawn(context_, std::move(work), asio::use_future).get();
  }
  asio::awaitable<absl::Status> Create(const std::string& name,
                                       v1::CreateMailboxResponse* response) {
    const auto stub = v1::Mailbox::NewStub(channel_);
    v1::CreateMailboxRequest request;
    request.set_name(name);
    auto start = [&](grpc::ClientContext* context, Done done) {
      stub->async()->CreateMailbox(context, &request, response, std::move(done));
    };
    co_return co_await Unary(std::chrono::seconds(10), start);
  }
  using DeliverStream = WriteStream<v1::DeliverRequest, v1::DeliverResponse>;
  std::unique_ptr<DeliverStream> OpenDeliver(const v1::Delivery::Stub& stub_ref) {
    auto& stub = const_cast<v1::Delivery::Stub&>(stub_ref);
    return DeliverStream::Open(context_.get_executor(), std::chrono::seconds(10),
                               [&](auto* context, auto* response, auto* reactor) {
                                 stub.async()->Deliver(context, response, reactor);
                               });
  }

  Authority authority_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  EchoMailbox mailbox_;
  EchoDelivery delivery_;
  CountingMessage message_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
  std::thread thread_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(CallTest, AUnaryCallKnowsTheServiceThatCalls) {
  v1::CreateMailboxResponse response;
  EXPECT_TRUE(Run(Create("imap-gateway", &response)).ok());
  EXPECT_EQ(response.mailbox_id(), 42u);
}

TEST_F(CallTest, AnErrorKeepsItsReason) {
  v1::CreateMailboxResponse response;
  const absl::Status status = Run(Create("other", &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND);
}

TEST_F(CallTest, AnExceptionIsAnInternalErrorWithoutItsText) {
  v1::CreateMailboxResponse response;
  const absl::Status status = Run(Create("throw", &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(status.message(), "internal error");
}

TEST_F(CallTest, ACertificateOfAnotherAuthorityIsRefused) {
  Authority stranger;
  channel_ = Channel(stranger.Issue("imap-gateway"));
  v1::CreateMailboxResponse response;
  EXPECT_EQ(Run(Create("imap-gateway", &response)).code(), absl::StatusCode::kUnavailable);
}

// What an operator does who replaces the internal certificates of running services.
TEST_F(CallTest, ReplacedFilesAreTakenWithoutARestart) {
  const auto copy = [](const CertificateFiles& from, const CertificateFiles& to) {
    for (const auto part :
         {&CertificateFiles::ca, &CertificateFiles::cert, &CertificateFiles::key}) {
      std::filesystem::copy_file(from.*part, to.*part + ".new");
      std::filesystem::rename(to.*part + ".new", to.*part);
    }
  };
  constexpr unsigned kEverySecond = 1;
  Authority old_authority;
  Authority new_authority;
  const CertificateFiles server_files = old_authority.Issue("mailstore");
  const CertificateFiles client_files = new_authority.Issue("imap-gateway");
  // Of a third authority at first.
  copy(authority_.Issue("imap-gateway"), client_files);
  Authority next;
  grpc::ServerBuilder builder;
  int port = 0;
  EchoMailbox mailbox(context_.get_executor());
  builder.AddListeningPort("127.0.0.1:0", ServerCredentials(server_files, kEverySecond), &port);
  builder.RegisterService(&mailbox);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  address_ = "127.0.0.1:" + std::to_string(port);
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("mailstore");
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  const auto open = [&] {
    return grpc::CreateCustomChannel(address_, ChannelCredentials(client_files, kEverySecond),
                                     arguments);
  };
  channel_ = open();
  v1::CreateMailboxResponse response;
  EXPECT_EQ(Run(Create("imap-gateway", &response)).code(), absl::StatusCode::kUnavailable);
  // Both sides get certificates of the next authority; this channel and server go on with them.
  copy(next.Issue("mailstore"), server_files);
  copy(next.Issue("imap-gateway"), client_files);
  while (!Run(Create("imap-gateway", &response)).ok()) {
  }
  EXPECT_EQ(response.mailbox_id(), 42u);
  // One with the old files is not let in any more.
  channel_ = Channel(old_authority.Issue("imap-gateway"));
  EXPECT_EQ(Run(Create("imap-gateway", &response)).code(), absl::StatusCode::kUnavailable);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
}

TEST_F(CallTest, AClientStreamArrivesWhole) {
  const auto stub = v1::Delivery::NewStub(channel_);
  const auto stream = OpenDeliver(*stub);
  auto work = [&]() -> asio::awaitable<absl::Status> {
    v1::DeliverRequest request;
    request.set_data(std::string(200000, 'a'));
    for (int i = 0; i < 20; ++i) {
      request.set_last(i == 19);
      co_await stream->Write(request, i == 19);
    }
    co_return co_await stream->Finish();
  };
  EXPECT_TRUE(Run(work()).ok());
  EXPECT_EQ(stream->response().delivery_id(), "4000000");
}

TEST_F(CallTest, ARefusalEndsAClientStreamEarly) {
  const auto stub = v1::Delivery::NewStub(channel_);
  const auto stream = OpenDeliver(*stub);
  auto work = [&]() -> asio::awaitable<absl::Status> {
    v1::DeliverRequest request;
    request.set_data("refuse");
    bool open = true;
    for (int i = 0; open && i < 100000; ++i) {
      open = co_await stream->Write(request, false);
    }
    EXPECT_FALSE(open);
    co_return co_await stream->Finish();
  };
  EXPECT_EQ(Run(work()).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(CallTest, ADroppedClientStreamIsNotTakenForAWholeOne) {
  const auto stub = v1::Delivery::NewStub(channel_);
  auto work = [&]() -> asio::awaitable<bool> {
    const auto stream = OpenDeliver(*stub);
    v1::DeliverRequest request;
    request.set_data("half");
    co_return co_await stream->Write(request, false);
  };
  EXPECT_TRUE(Run(work()));
}

TEST_F(CallTest, AServerStreamArrivesInOrder) {
  const auto stub = v1::Message::NewStub(channel_);
  v1::FetchBodyRequest request;
  for (int i = 0; i < 50; ++i) {
    request.add_ranges();
  }
  auto work = [&]() -> asio::awaitable<uint32_t> {
    const auto stream = ReadStream<v1::BodyFrame>::Open(
        context_.get_executor(), std::chrono::seconds(10), [&](auto* context, auto* reactor) {
          stub->async()->FetchBody(context, &request, reactor);
        });
    v1::BodyFrame frame;
    uint32_t frames = 0;
    while (co_await stream->Read(&frame)) {
      EXPECT_EQ(frame.uid(), ++frames);
    }
    EXPECT_TRUE((co_await stream->Finish()).ok());
    co_return frames;
  };
  EXPECT_EQ(Run(work()), 50u);
}

TEST_F(CallTest, DroppingAServerStreamStopsTheServer) {
  const auto stub = v1::Message::NewStub(channel_);
  const v1::FetchBodyRequest request;
  auto work = [&]() -> asio::awaitable<bool> {
    const auto stream = ReadStream<v1::BodyFrame>::Open(
        context_.get_executor(), std::chrono::seconds(60), [&](auto* context, auto* reactor) {
          stub->async()->FetchBody(context, &request, reactor);
        });
    v1::BodyFrame frame;
    co_return co_await stream->Read(&frame);
  };
  EXPECT_TRUE(Run(work()));
  message_.client_gone.get_future().wait();
}

}  // namespace
}  // namespace posthorn::rpc
