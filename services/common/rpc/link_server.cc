#include "common/rpc/link_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/rpc/turns.h"

namespace posthorn::rpc {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Beyond these nothing more is read: the transport's flow control holds the client back.
constexpr size_t kMostUnderWay = 1'000;
constexpr size_t kMostUntoldOctets = size_t{8} << 20;

}  // namespace

bool LinkedCall::Add(const google::protobuf::MessageLite& response) {
  octets_ += response.ByteSizeLong();
  if (unfit()) {
    return false;
  }
  response.SerializeToString(answer_.add_responses());
  return true;
}

const LinkMethods::Handler* LinkMethods::Find(absl::string_view path) const {
  const auto found = handlers_.find(path);
  return found == handlers_.end() ? nullptr : &found->second;
}

ServerLink::ServerLink(asio::any_io_executor executor, const LinkMethods& methods, MayCall may_call)
    : executor_(std::move(executor)),
      methods_(methods),
      may_call_(std::move(may_call)),
      changed_(executor_, asio::steady_timer::time_point::max()) {}

asio::awaitable<absl::Status> ServerLink::WriteAnswers(std::shared_ptr<ServerLink> self,
                                                       Stream& stream) {
  bool alive = true;
  while (alive && self->HasWork()) {
    if (self->untold_.answers().empty()) {
      co_await self->AwaitChange();
      // What is answered at the same time goes along.
      co_await AfterOthers(self->executor_);
      continue;
    }
    v1::LinkResponse response = std::exchange(self->untold_, {});
    self->untold_octets_ = 0;
    self->Changed();
    alive = co_await stream.Write(response);
  }
  self->ended_ = true;
  self->Changed();
  co_return self->draining_ ? absl::UnavailableError("the store drains") : absl::OkStatus();
}

asio::awaitable<void> ServerLink::ReadCalls(std::shared_ptr<ServerLink> self, Stream& stream) {
  v1::LinkRequest request;
  while (co_await stream.Read(&request) && !self->ended_) {
    for (const uint64_t number : request.cancelled()) {
      if (const auto found = self->under_way_.find(number); found != self->under_way_.end()) {
        found->second->Cancel();
      }
    }
    for (v1::LinkCall& call : *request.mutable_calls()) {
      self->Begin(std::move(call));
    }
    while (!self->ended_ && (self->under_way_.size() >= kMostUnderWay ||
                             self->untold_octets_ >= kMostUntoldOctets)) {
      co_await self->AwaitChange();
    }
  }
  self->reading_ = false;
  self->Changed();
}

bool ServerLink::HasWork() const {
  return !untold_.answers().empty() || !under_way_.empty() || (reading_ && !draining_);
}

void ServerLink::Begin(v1::LinkCall message) {
  const auto call = std::make_shared<LinkedCall>(std::move(message));
  const std::string& path = call->call().method();
  const LinkMethods::Handler* handler = methods_.Find(path);
  if (handler == nullptr || !under_way_.emplace(call->call().number(), call).second) {
    call->answer().set_unfit(true);
    *untold_.add_answers() = std::move(call->answer());
    Changed();
    return;
  }
  if (!may_call_(path)) {
    End(*call, {grpc::StatusCode::PERMISSION_DENIED, "the service may not call this method"});
    return;
  }
  auto work = [call, handler]() -> asio::awaitable<absl::Status> {
    co_return co_await (*handler)(*call);
  };
  auto end = [self = shared_from_this(), call](const std::exception_ptr& error,
                                               const absl::Status& status) {
    self->End(*call, OutcomeOf(error, status));
  };
  asio::co_spawn(executor_, std::move(work), std::move(end));
}

void ServerLink::End(LinkedCall& call, const grpc::Status& status) {
  v1::LinkAnswer& answer = call.answer();
  if (call.unfit()) {
    answer.clear_responses();
    answer.set_unfit(true);
  } else if (!status.ok()) {
    answer.clear_responses();
    answer.set_error_code(status.error_code());
    answer.set_error_message(status.error_message());
    answer.set_error_details(status.error_details());
  }
  for (const std::string& response : answer.responses()) {
    untold_octets_ += response.size();
  }
  *untold_.add_answers() = std::move(answer);
  under_way_.erase(call.call().number());
  Changed();
}

asio::awaitable<void> ServerLink::AwaitChange() {
  const auto [woken] = co_await changed_.async_wait(kAwait);
  (void)woken;
}

void ServerLink::Drain() {
  asio::post(executor_, [self = shared_from_this()] {
    self->draining_ = true;
    self->Changed();
  });
}

void ServerLink::CancelAll() {
  asio::post(executor_, [self = shared_from_this()] {
    for (const auto& [number, call] : self->under_way_) {
      call->Cancel();
    }
  });
}

}  // namespace posthorn::rpc
