#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/rpc/client_call.h"
#include "common/rpc/mailstore_pool.h"
#include "imap-gateway/changes/change.h"
#include "posthorn/v1/changes.grpc.pb.h"

namespace posthorn::imap {

namespace asio = boost::asio;

// The stream of changes from one replica, opened again whenever it ends until it is stopped. Every
// method, and every callback, runs on the executor of the hub.
class ReplicaFeed : public std::enable_shared_from_this<ReplicaFeed> {
 public:
  struct Events {
    std::function<void(const MailboxKey&, ChangePtr)> changed;
    std::function<void()> lost;       // the stream ended: its mailboxes are not watched
    std::function<void()> connected;  // the replica has been told all keys again
  };
  ReplicaFeed(asio::any_io_executor executor, rpc::ReplicaPtr replica, Events events);

  void Watch(const MailboxKey& key);
  void Unwatch(const MailboxKey& key);
  const absl::flat_hash_set<MailboxKey>& keys() const { return keys_; }
  const rpc::ReplicaPtr& replica() const { return replica_; }

  // Runs until Stop.
  asio::awaitable<void> Run();
  void Stop();

 private:
  using Stream = rpc::BidiStream<v1::WatchRequest, v1::WatchResponse>;

  asio::awaitable<void> ReadChanges(Stream& stream);
  asio::awaitable<void> WriteKeys(std::shared_ptr<Stream> stream);
  void Tell(const v1::WatchResponse& response);
  void WakeWriter();

  asio::any_io_executor executor_;
  rpc::ReplicaPtr replica_;
  Events events_;
  absl::flat_hash_set<MailboxKey> keys_;
  absl::flat_hash_map<MailboxKey, bool> unsent_;  // true: to add, false: to remove
  std::shared_ptr<Stream> stream_;
  asio::steady_timer writer_wakeup_;
  asio::steady_timer writer_done_;
  bool writing_ = false;
  bool stopped_ = false;
};

}  // namespace posthorn::imap
