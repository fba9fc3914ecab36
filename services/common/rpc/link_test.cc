// Both sides of a link against each other, over mutual TLS on loopback.
#include <grpcpp/create_channel.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "common/rpc/call_link.h"
#include "common/rpc/client_call.h"
#include "common/rpc/link_server.h"
#include "common/rpc/method_path.h"
#include "common/runtime/runtime.h"
#include "common/testing/authority.h"
#include "posthorn/v1/link.grpc.pb.h"
#include "posthorn/v1/mailbox.grpc.pb.h"
#include "posthorn/v1/message.grpc.pb.h"

namespace posthorn::rpc {
namespace {

using std::chrono::seconds;
using testing_support::Authority;

class Methods {
 public:
  void Serve(LinkMethods& methods) {
    methods.Add<v1::Mailbox>(this, &Methods::GetStatus);
    methods.Add<v1::Message>(this, &Methods::Search);
    methods.AddEmpty<v1::Mailbox, v1::DeleteMailboxResponse>(this, &Methods::Delete);
    methods.AddStream<v1::Message>(this, &Methods::FetchBody);
  }
  std::promise<void> search_began;
  std::promise<void> search_cancelled;

 private:
  // The mailbox's name says what to do.
  asio::awaitable<absl::Status> GetStatus(const v1::GetStatusRequest& request,
                                          v1::GetStatusResponse& response) {
    if (request.name() == "slow") {
      // Answered only after one that came later.
      while (!overtaken_) {
        co_await runtime::Sleep(std::chrono::milliseconds(1));
      }
    }
    overtaken_ = request.name() == "fast";
    if (request.name() == "throw") {
      throw std::runtime_error("a defect");
    }
    if (request.name() == "none") {
      co_return MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                          "no such mailbox");
    }
    response.set_account_id(request.name().size());
    co_return absl::OkStatus();
  }
  asio::awaitable<absl::Status> Search(const Cancellation& cancellation, const v1::SearchRequest&,
                                       v1::SearchResponse&) {
    search_began.set_value();
    while (!cancellation.IsCancelled()) {
      co_await runtime::Sleep(std::chrono::milliseconds(1));
    }
    search_cancelled.set_value();
    co_return absl::CancelledError("nobody waits");
  }
  asio::awaitable<absl::Status> Delete(const v1::DeleteMailboxRequest&) {
    co_return absl::OkStatus();
  }
  // As many frames of 100,000 octets as there are ranges.
  asio::awaitable<absl::Status> FetchBody(const v1::FetchBodyRequest& request,
                                          FrameWriter<v1::BodyFrame>& frames) {
    v1::BodyFrame frame;
    frame.set_data(std::string(100'000, 'x'));
    for (int i = 0; i < request.ranges_size(); ++i) {
      frame.set_uid(static_cast<uint32_t>(i + 1));
      if (!co_await frames.Write(frame)) {
        co_return absl::CancelledError("the gateway is gone");
      }
    }
    co_return absl::OkStatus();
  }
  bool overtaken_ = false;
};

class FakeLinkService final : public v1::Link::CallbackService {
 public:
  FakeLinkService(asio::any_io_executor executor, const LinkMethods& methods)
      : executor_(std::move(executor)), methods_(methods) {}
  grpc::ServerBidiReactor<v1::LinkRequest, v1::LinkResponse>* Exchange(
      grpc::CallbackServerContext*) override {
    const auto link = std::make_shared<ServerLink>(executor_, methods_, [](absl::string_view path) {
      return !absl::EndsWith(path, "/DeleteMailbox");
    });
    {
      const std::lock_guard lock(mutex_);
      link_ = link;
    }
    const auto stream =
        std::make_shared<ServerLink::Stream>(executor_, [weak = std::weak_ptr<ServerLink>(link)] {
          if (const auto its_link = weak.lock()) {
            its_link->CancelAll();
          }
        });
    return stream->Run(ServerLink::WriteAnswers(link, *stream),
                       ServerLink::ReadCalls(link, *stream));
  }
  void Drain() {
    const std::lock_guard lock(mutex_);
    if (const auto link = link_.lock()) {
      link->Drain();
    }
  }

 private:
  asio::any_io_executor executor_;
  const LinkMethods& methods_;
  std::mutex mutex_;
  std::weak_ptr<ServerLink> link_;  // the latest
};

class LinkTest : public testing::Test {
 protected:
  LinkTest() : guard_(asio::make_work_guard(context_)), service_(context_.get_executor(), table_) {
    methods_.Serve(table_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", ServerCredentials(authority_.Issue("mailstore")),
                             &port_);
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    link_ = MakeLink(port_);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~LinkTest() override {
    Run(link_->Close());
    server_->Shutdown(std::chrono::system_clock::now() + seconds(5));
    guard_.reset();
    thread_.join();
  }
  std::shared_ptr<CallLink> MakeLink(int port) {
    grpc::ChannelArguments arguments;
    arguments.SetSslTargetNameOverride("mailstore");
    auto channel =
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port),
                                  ChannelCredentials(authority_.Issue("imap-gateway")), arguments);
    return std::make_shared<CallLink>(
        context_.get_executor(), std::move(channel),
        [this](const absl::Status& status) { lost_.push_back(status.code()); });
  }
  template <class T>
  T Run(asio::awaitable<T> work) {
    return asio::co_spawn(context_, std::move(work), asio::use_future).get();
  }
  std::future<absl::StatusOr<v1::LinkAnswer>> StatusOf(const std::string& mailbox) {
    v1::GetStatusRequest request;
    request.set_name(mailbox);
    return Begin(MethodPath<v1::Mailbox, v1::GetStatusRequest>(), request.SerializeAsString());
  }
  std::future<absl::StatusOr<v1::LinkAnswer>> Begin(const std::string& method,
                                                    const std::string& request,
                                                    seconds timeout = seconds(30)) {
    return asio::co_spawn(context_, link_->Call(method, request, timeout, &cancel_),
                          asio::use_future);
  }
  static uint64_t Number(const absl::StatusOr<v1::LinkAnswer>& answer) {
    v1::GetStatusResponse response;
    EXPECT_TRUE(answer.ok()) << answer.status();
    EXPECT_TRUE(answer.ok() && answer->responses_size() == 1 &&
                response.ParseFromString(answer->responses(0)));
    return response.account_id();
  }

  Authority authority_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  Methods methods_;
  LinkMethods table_;
  FakeLinkService service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::vector<absl::StatusCode> lost_;  // only on the context's thread, and after it has ended
  std::shared_ptr<CallLink> link_;
  CallLink::Cancel cancel_;
  std::thread thread_;
};

TEST_F(LinkTest, EachOfManyCallsGetsItsOwnAnswer) {
  std::vector<std::future<absl::StatusOr<v1::LinkAnswer>>> answers;
  for (size_t i = 1; i <= 1'500; ++i) {  // more than are worked at side by side
    answers.push_back(StatusOf(std::string(i, 'x')));
  }
  for (size_t i = 1; i <= answers.size(); ++i) {
    EXPECT_EQ(Number(answers[i - 1].get()), i);
  }
}

TEST_F(LinkTest, ASlowCallKeepsNoneBehindItWaiting) {
  auto slow = StatusOf("slow");
  EXPECT_EQ(Number(StatusOf("fast").get()), 4);
  EXPECT_EQ(Number(slow.get()), 4);
}

TEST_F(LinkTest, ErrorsArriveWithTheirReason) {
  const auto answer = StatusOf("none").get();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(answer.status()), v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  EXPECT_EQ(StatusOf("throw").get().status().code(), absl::StatusCode::kInternal);
  const auto unreadable =
      Begin(MethodPath<v1::Mailbox, v1::GetStatusRequest>(), "\xff\xff\xff").get();
  EXPECT_EQ(unreadable.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Number(StatusOf("after").get()), 5);
}

TEST_F(LinkTest, ACallThatTheServiceMayNotMakeIsRefused) {
  const auto answer = Begin(MethodPath<v1::Mailbox, v1::DeleteMailboxRequest>(), "").get();
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(LinkTest, WhatDoesNotFitALinkIsSaidToBeUnfit) {
  const auto unknown = Begin("/posthorn.v1.Mailbox/Nothing", "").get();
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_TRUE(unknown->unfit());

  v1::FetchBodyRequest request;
  request.add_ranges();
  request.add_ranges();
  const std::string& path = MethodPath<v1::Message, v1::FetchBodyRequest>();
  const auto two = Begin(path, request.SerializeAsString()).get();
  ASSERT_TRUE(two.ok()) << two.status();
  ASSERT_EQ(two->responses_size(), 2);
  v1::BodyFrame frame;
  ASSERT_TRUE(frame.ParseFromString(two->responses(1)));
  EXPECT_EQ(frame.uid(), 2);
  EXPECT_EQ(frame.data().size(), 100'000);

  request.add_ranges();
  const auto three = Begin(path, request.SerializeAsString()).get();
  ASSERT_TRUE(three.ok()) << three.status();
  EXPECT_TRUE(three->unfit());
  EXPECT_TRUE(three->responses().empty());
}

TEST_F(LinkTest, ACallThatNobodyWaitsForIsCancelled) {
  auto search = Begin(MethodPath<v1::Message, v1::SearchRequest>(), "");
  methods_.search_began.get_future().wait();
  asio::post(context_, [this] { cancel_(); });
  EXPECT_EQ(search.get().status().code(), absl::StatusCode::kCancelled);
  methods_.search_cancelled.get_future().wait();
}

TEST_F(LinkTest, ACallEndsAtItsDeadlineAndIsCancelled) {
  auto search = Begin(MethodPath<v1::Message, v1::SearchRequest>(), "", seconds(1));
  EXPECT_EQ(search.get().status().code(), absl::StatusCode::kDeadlineExceeded);
  methods_.search_cancelled.get_future().wait();
}

TEST_F(LinkTest, TheEndOfTheClientCancelsWhatIsUnderWay) {
  auto search = Begin(MethodPath<v1::Message, v1::SearchRequest>(), "");
  methods_.search_began.get_future().wait();
  Run(link_->Close());
  EXPECT_FALSE(search.get().ok());
  methods_.search_cancelled.get_future().wait();
}

TEST_F(LinkTest, ADrainAnswersWhatWasTakenAndThenEndsTheLink) {
  auto slow = StatusOf("slow");
  EXPECT_EQ(Number(StatusOf("fast").get()), 4);  // so both were taken
  EXPECT_EQ(Number(slow.get()), 4);
  auto search = Begin(MethodPath<v1::Message, v1::SearchRequest>(), "");
  methods_.search_began.get_future().wait();
  service_.Drain();
  asio::post(context_, [this] { cancel_(); });
  EXPECT_EQ(search.get().status().code(), absl::StatusCode::kCancelled);
  methods_.search_cancelled.get_future().wait();
  Run(link_->Close());  // waits for the end
  asio::post(context_, [this] { EXPECT_EQ(lost_.size(), 1); });
  // The next call opens the link anew.
  EXPECT_EQ(Number(StatusOf("again").get()), 5);
}

TEST_F(LinkTest, ALostServerFailsWhatIsUnderWay) {
  auto search = Begin(MethodPath<v1::Message, v1::SearchRequest>(), "");
  methods_.search_began.get_future().wait();
  server_->Shutdown(std::chrono::system_clock::now());
  EXPECT_TRUE(ShouldTryNext(search.get().status()));
  methods_.search_cancelled.get_future().wait();
}

TEST_F(LinkTest, AServerWithoutLinksSaysSo) {
  v1::Mailbox::CallbackService mailbox;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", ServerCredentials(authority_.Issue("mailstore")), &port);
  builder.RegisterService(&mailbox);
  const auto server = builder.BuildAndStart();
  Run(link_->Close());
  link_ = MakeLink(port);
  EXPECT_EQ(StatusOf("x").get().status().code(), absl::StatusCode::kUnimplemented);
  Run(link_->Close());
  server->Shutdown();
}

}  // namespace
}  // namespace posthorn::rpc
