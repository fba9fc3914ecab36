#include "common/rpc/call_link.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "common/rpc/client_call.h"
#include "common/rpc/status.h"
#include "common/rpc/turns.h"
#include "posthorn/v1/link.grpc.pb.h"

namespace posthorn::rpc {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr size_t kMostOctets = size_t{1} << 20;  // of one write, and the call that reaches it

absl::StatusOr<v1::LinkAnswer> ResultOf(v1::LinkAnswer answer) {
  absl::Status status = FromGrpc({static_cast<grpc::StatusCode>(answer.error_code()),
                                  answer.error_message(), answer.error_details()});
  if (!status.ok()) {
    return status;
  }
  return answer;
}

}  // namespace

CallLink::CallLink(asio::any_io_executor executor, std::shared_ptr<grpc::Channel> channel,
                   std::function<void(const absl::Status&)> on_lost)
    : executor_(std::move(executor)),
      channel_(std::move(channel)),
      on_lost_(std::move(on_lost)),
      changed_(executor_, asio::steady_timer::time_point::max()) {}

CallLink::~CallLink() = default;

asio::awaitable<absl::StatusOr<v1::LinkAnswer>> CallLink::Call(std::string method,
                                                               std::string request,
                                                               std::chrono::milliseconds timeout,
                                                               Cancel* cancel) {
  const auto self = shared_from_this();
  const uint64_t number = next_number_++;
  Waiting waiting(executor_, std::move(method), std::move(request));
  waiting_.emplace(number, &waiting);
  const absl::Cleanup forget = [this, number, cancel] {
    waiting_.erase(number);
    if (cancel != nullptr) {
      *cancel = nullptr;
    }
  };
  if (cancel != nullptr) {
    *cancel = [this, number] { GiveUp(number); };
  }
  unsent_.push_back(number);
  if (!std::exchange(running_, true)) {
    asio::co_spawn(executor_, Run(shared_from_this()), asio::detached);
  }
  changed_.cancel();
  waiting.done.expires_after(timeout);
  while (!waiting.result.has_value()) {
    const auto [woken] = co_await waiting.done.async_wait(kAwait);
    if (!woken) {
      GiveUp(number);
      waiting.result = absl::DeadlineExceededError("no answer to the call");
    }
  }
  co_return *std::move(waiting.result);
}

void CallLink::GiveUp(uint64_t number) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end() || found->second->result.has_value()) {
    return;
  }
  if (found->second->sent) {
    cancelled_.push_back(number);
    changed_.cancel();
  }
  found->second->result = absl::CancelledError("nobody waits for the call");
  found->second->done.cancel();
}

asio::awaitable<void> CallLink::Close() {
  if (stream_) {
    stream_->Cancel();
  }
  while (running_) {
    const auto [woken] = co_await changed_.async_wait(kAwait);
    (void)woken;
  }
}

asio::awaitable<void> CallLink::Run(std::shared_ptr<CallLink> self) {
  const auto stub = v1::Link::NewStub(channel_);
  stream_ = Stream::Open(executor_, [&stub](grpc::ClientContext* context, auto* reactor) {
    stub->async()->Exchange(context, reactor);
  });
  reading_ = true;
  writing_ = true;
  asio::co_spawn(executor_, Write(self, *stream_), asio::detached);
  v1::LinkResponse response;
  while (co_await stream_->Read(&response)) {
    for (v1::LinkAnswer& answer : *response.mutable_answers()) {
      Settle(std::move(answer));
    }
  }
  reading_ = false;
  changed_.cancel();
  while (writing_) {
    const auto [woken] = co_await changed_.async_wait(kAwait);
    (void)woken;
  }
  const absl::Status ended = co_await stream_->Finish();
  stream_.reset();
  FailAll(ended);
  running_ = false;
  changed_.cancel();
}

asio::awaitable<void> CallLink::Write(std::shared_ptr<CallLink> self, Stream& stream) {
  bool alive = true;
  while (alive && reading_) {
    if (unsent_.empty() && cancelled_.empty()) {
      const auto [woken] = co_await changed_.async_wait(kAwait);
      (void)woken;
      // What other coroutines have ready goes along.
      co_await AfterOthers(executor_);
      continue;
    }
    const v1::LinkRequest request = TakeCalls();
    if (!request.calls().empty() || !request.cancelled().empty()) {
      alive = co_await stream.Write(request);
    }
  }
  writing_ = false;
  changed_.cancel();
}

v1::LinkRequest CallLink::TakeCalls() {
  v1::LinkRequest request;
  request.mutable_cancelled()->Assign(cancelled_.begin(), cancelled_.end());
  cancelled_.clear();
  size_t octets = 0;
  while (!unsent_.empty() && octets < kMostOctets) {
    const uint64_t number = unsent_.front();
    unsent_.pop_front();
    const auto found = waiting_.find(number);
    if (found == waiting_.end() || found->second->result.has_value()) {
      continue;  // has given up
    }
    Waiting& waiting = *found->second;
    v1::LinkCall& call = *request.add_calls();
    call.set_number(number);
    call.set_method(std::move(waiting.method));
    call.set_request(std::move(waiting.request));
    octets += call.request().size();
    waiting.sent = true;
  }
  return request;
}

void CallLink::Settle(v1::LinkAnswer answer) {
  const auto found = waiting_.find(answer.number());
  if (found != waiting_.end() && !found->second->result.has_value()) {
    found->second->result = ResultOf(std::move(answer));
    found->second->done.cancel();
  }
}

void CallLink::FailAll(const absl::Status& ended) {
  // The end of the link is no answer to any call.
  const absl::Status unknown =
      ended.ok() ? absl::UnavailableError("the link ended before its answers") : ended;
  on_lost_(unknown);
  unsent_.clear();
  cancelled_.clear();
  for (auto& [number, waiting] : waiting_) {
    if (!waiting->result.has_value()) {
      waiting->result = unknown;
      waiting->done.cancel();
    }
  }
}

}  // namespace posthorn::rpc
