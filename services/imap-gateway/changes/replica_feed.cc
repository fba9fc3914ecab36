#include "imap-gateway/changes/replica_feed.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "common/runtime/runtime.h"

namespace posthorn::imap {
namespace {
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kRetry{500};
constexpr int kKeysPerRequest = 10000;
}  // namespace

ReplicaFeed::ReplicaFeed(asio::any_io_executor executor, rpc::ReplicaPtr replica, Events events)
    : executor_(std::move(executor)),
      replica_(std::move(replica)),
      events_(std::move(events)),
      writer_wakeup_(executor_),
      writer_done_(executor_) {}

void ReplicaFeed::Watch(const MailboxKey& key) {
  if (keys_.insert(key).second) {
    unsent_[key] = true;
    WakeWriter();
  }
}

void ReplicaFeed::Unwatch(const MailboxKey& key) {
  if (keys_.erase(key) > 0) {
    unsent_[key] = false;
    WakeWriter();
  }
}

void ReplicaFeed::WakeWriter() { writer_wakeup_.cancel(); }

void ReplicaFeed::Stop() {
  stopped_ = true;
  if (stream_) {
    stream_->Cancel();
  }
}

void ReplicaFeed::Tell(const v1::WatchResponse& response) {
  for (const v1::Change& change : response.changes()) {
    events_.changed({change.account_id(), change.mailbox_id()},
                    std::make_shared<const v1::Change>(change));
  }
  if (response.resync()) {
    const auto unknown = std::make_shared<const v1::Change>();
    for (const MailboxKey& key : keys_) {
      events_.changed(key, unknown);
    }
  }
}

asio::awaitable<void> ReplicaFeed::ReadChanges(Stream& stream) {
  v1::WatchResponse response;
  while (true) {
    const bool read = co_await stream.Read(&response);
    if (!read) {
      break;
    }
    Tell(response);
  }
}

// Sends what is unsent, waits for more; ends when its stream is no longer the current one.
asio::awaitable<void> ReplicaFeed::WriteKeys(std::shared_ptr<Stream> stream) {
  const auto self = shared_from_this();
  bool alive = true;
  bool told = false;
  while (alive && stream_ == stream) {
    if (unsent_.empty()) {
      if (!told) {
        told = true;
        events_.connected();
        continue;
      }
      writer_wakeup_.expires_at(asio::steady_timer::time_point::max());
      auto [woken] = co_await writer_wakeup_.async_wait(kAwait);
      (void)woken;
      continue;
    }
    v1::WatchRequest request;
    for (int i = 0; i < kKeysPerRequest && !unsent_.empty(); ++i) {
      const auto first = unsent_.begin();
      v1::WatchKey* key = first->second ? request.add_add() : request.add_remove();
      key->set_account_id(first->first.first);
      key->set_mailbox_id(first->first.second);
      unsent_.erase(first);
    }
    alive = co_await stream->Write(request);
  }
  writing_ = false;
  writer_done_.cancel();
}

asio::awaitable<void> ReplicaFeed::Run() {
  const auto self = shared_from_this();
  while (!stopped_) {
    const auto stub = v1::Changes::NewStub(replica_->channel());
    auto start = [&stub](grpc::ClientContext* context,
                         grpc::ClientBidiReactor<v1::WatchRequest, v1::WatchResponse>* reactor) {
      stub->async()->Watch(context, reactor);
    };
    std::shared_ptr<Stream> stream = Stream::Open(executor_, start);
    stream_ = stream;
    unsent_.clear();
    for (const MailboxKey& key : keys_) {
      unsent_[key] = true;
    }
    writing_ = true;
    asio::co_spawn(executor_, WriteKeys(stream), asio::detached);
    co_await ReadChanges(*stream);
    stream_.reset();
    WakeWriter();
    while (writing_) {
      writer_done_.expires_at(asio::steady_timer::time_point::max());
      auto [done] = co_await writer_done_.async_wait(kAwait);
      (void)done;
    }
    const absl::Status ended = co_await stream->Finish();
    if (rpc::ShouldTryNext(ended)) {
      replica_->MarkDown();
    }
    stream.reset();
    if (!stopped_) {
      events_.lost();
      co_await runtime::Sleep(kRetry);
    }
  }
}

}  // namespace posthorn::imap
