// The replicas of mailstore as a gateway sees them: a channel to each address that the target
// resolves to, resolved again every few seconds. A key (an account) has an order of preference
// among them by rendezvous hash, so that one account's calls meet in one replica as long as the set
// stays.
#pragma once

#include <grpcpp/channel.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/call_link.h"
#include "common/rpc/credentials.h"
#include "common/runtime/runtime.h"

namespace posthorn::rpc {

// One replica. Immutable but for its health and links; shared by the calls under way.
class Replica : public std::enable_shared_from_this<Replica> {
 public:
  Replica(std::string address, std::shared_ptr<grpc::Channel> channel)
      : address_(std::move(address)), channel_(std::move(channel)) {}

  const std::string& address() const { return address_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // A replica that did not answer is asked last for a second.
  void MarkDown();
  bool IsDown() const;

  // Whether it is connected and said at the last look that it serves (grpc.health.v1).
  bool IsServing() const;
  void SetServing(bool serving) { serving_ = serving; }

  // The link of the executor's context, whose one thread alone may use it. Null for a while after
  // the replica said that it knows no links (UNIMPLEMENTED).
  std::shared_ptr<CallLink> Link(const asio::any_io_executor& executor);

 private:
  void OnLinkLost(const absl::Status& status);

  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  std::atomic<int64_t> down_until_ms_ = 0;
  std::atomic<bool> serving_ = false;
  std::atomic<int64_t> unlinked_until_ms_ = 0;
  std::mutex mutex_;  // of links_
  std::map<const asio::execution_context*, std::shared_ptr<CallLink>> links_;
};

using ReplicaPtr = std::shared_ptr<Replica>;

class MailstorePool {
 public:
  // target: "dns:///name:port" (every address of the name) or "host:port,host:port".
  static absl::StatusOr<std::unique_ptr<MailstorePool>> Make(runtime::Runtime& runtime,
                                                             const std::string& target,
                                                             const CertificateFiles& files);

  // Begins to resolve; Ranked is empty until the first answer.
  void Start();

  // All replicas, the preferred one first, those that are down last. Thread-safe.
  std::vector<ReplicaPtr> Ranked(uint64_t key) const;
  std::vector<ReplicaPtr> All() const;

  // OK when a replica serves: readiness of a gateway.
  absl::Status Ready() const;

  // Called with the set of replicas whenever it changed, on context 0; register before Start.
  void OnChange(std::function<void(const std::vector<ReplicaPtr>&)> callback);

 private:
  struct Host {
    std::string name;
    std::string port;
  };
  MailstorePool(runtime::Runtime& runtime, std::vector<Host> hosts, const CertificateFiles& files);
  boost::asio::awaitable<void> ResolveLoop();
  boost::asio::awaitable<bool> ResolveOnce();
  ReplicaPtr MakeReplica(const std::string& address);

  runtime::Runtime& runtime_;
  std::vector<Host> hosts_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  mutable std::mutex mutex_;
  std::vector<ReplicaPtr> replicas_;  // sorted by address
  std::vector<std::function<void(const std::vector<ReplicaPtr>&)>> on_change_;
};

// Key of an account, or of a login name when the account is not known yet.
uint64_t KeyOf(uint64_t account_id);
uint64_t KeyOf(absl::string_view name);

}  // namespace posthorn::rpc
