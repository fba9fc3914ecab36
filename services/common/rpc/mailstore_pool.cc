#include "common/rpc/mailstore_pool.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/log/log.h"
#include "common/net/address.h"
#include "common/rpc/health.h"

namespace posthorn::rpc {
namespace {

constexpr std::chrono::seconds kResolveEvery{5};
constexpr std::chrono::milliseconds kResolveSoon{250};
constexpr std::chrono::milliseconds kProbeEvery{500};
constexpr std::chrono::milliseconds kProbeTimeout{1000};
constexpr int kTurnsPerLook = 4;  // at the health of a replica that is connected
constexpr int64_t kDownMs = 1000;
constexpr int64_t kUnlinkedMs = 60'000;
constexpr int kLargestMessage = 64 << 20;

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// The finalizer of SplitMix64: every bit of the input moves every bit of the output. The hash must
// be the same in every gateway, so absl::Hash (seeded per process) will not do.
uint64_t Mix(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

}  // namespace

uint64_t KeyOf(uint64_t account_id) { return Mix(account_id); }

uint64_t KeyOf(absl::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  return Mix(hash);
}

namespace {

// Asks a replica for its health. Owns itself until it has ended.
struct Probe {
  explicit Probe(ReplicaPtr asked) : replica(std::move(asked)), stub(replica->channel()) {
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + kProbeTimeout);
  }
  ReplicaPtr replica;
  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::Slice empty;
  grpc::ByteBuffer request{&empty, 1};
  grpc::ByteBuffer response;
};

// One that does not answer in time keeps what it said: its connection tells whether it is there. A
// server without the service has no health but that either.
void AskHealth(const ReplicaPtr& replica) {
  auto probe = std::make_shared<Probe>(replica);
  const auto done = [probe](const grpc::Status& status) {
    if (status.ok()) {
      probe->replica->SetServing(SaysServing(probe->response));
    } else if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      probe->replica->SetServing(true);
    }
  };
  probe->stub.UnaryCall(&probe->context, kHealthCheckMethod, grpc::StubOptions(), &probe->request,
                        &probe->response, done);
}

// gRPC moves a connection on only while a call waits for it: an attempt begun between calls stalls
// until its time is over, and fails the next call with that. So a call waits whenever a replica is
// not connected, and the first client after a start or an outage finds it connected.
boost::asio::awaitable<void> KeepConnected(std::weak_ptr<Replica> weak) {
  for (int turn = 0;; ++turn) {
    if (const ReplicaPtr replica = weak.lock(); !replica) {
      co_return;
    } else if (replica->channel()->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY ||
               turn % kTurnsPerLook == 0) {
      AskHealth(replica);
    }
    co_await runtime::Sleep(kProbeEvery);
  }
}

}  // namespace

void Replica::MarkDown() { down_until_ms_ = NowMs() + kDownMs; }
bool Replica::IsDown() const { return NowMs() < down_until_ms_; }

bool Replica::IsServing() const {
  return serving_ && channel_->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

std::shared_ptr<CallLink> Replica::Link(const asio::any_io_executor& executor) {
  if (NowMs() < unlinked_until_ms_) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  std::shared_ptr<CallLink>& link = links_[&asio::query(executor, asio::execution::context)];
  if (link == nullptr) {
    auto on_lost = [weak = weak_from_this()](const absl::Status& status) {
      if (const ReplicaPtr replica = weak.lock()) {
        replica->OnLinkLost(status);
      }
    };
    link = std::make_shared<CallLink>(executor, channel_, std::move(on_lost));
  }
  return link;
}

void Replica::OnLinkLost(const absl::Status& status) {
  if (absl::IsUnimplemented(status)) {
    unlinked_until_ms_ = NowMs() + kUnlinkedMs;
  } else if (absl::IsUnavailable(status)) {
    MarkDown();
  }
}

absl::StatusOr<std::unique_ptr<MailstorePool>> MailstorePool::Make(runtime::Runtime& runtime,
                                                                   const std::string& target,
                                                                   const CertificateFiles& files) {
  std::vector<Host> hosts;
  const absl::string_view list = absl::StripPrefix(target, "dns:///");
  for (absl::string_view item : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    auto parts = net::SplitHostPort(item);
    if (!parts.ok()) {
      return parts.status();
    }
    hosts.push_back({parts->first, parts->second});
  }
  if (hosts.empty()) {
    return absl::InvalidArgumentError("mailstore: no address given");
  }
  return std::unique_ptr<MailstorePool>(new MailstorePool(runtime, std::move(hosts), files));
}

MailstorePool::MailstorePool(runtime::Runtime& runtime, std::vector<Host> hosts,
                             const CertificateFiles& files)
    : runtime_(runtime), hosts_(std::move(hosts)), credentials_(ChannelCredentials(files)) {}

void MailstorePool::OnChange(std::function<void(const std::vector<ReplicaPtr>&)> callback) {
  on_change_.push_back(std::move(callback));
}

void MailstorePool::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "resolve", ResolveLoop());
}

boost::asio::awaitable<void> MailstorePool::ResolveLoop() {
  while (true) {
    const bool found = co_await ResolveOnce();
    co_await runtime::Sleep(found ? std::chrono::milliseconds(kResolveEvery) : kResolveSoon);
  }
}

ReplicaPtr MailstorePool::MakeReplica(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetSslTargetNameOverride("mailstore");
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // In spite of its name the time that an attempt to connect is given: a busy machine needs more
  // than the first pause for TCP, TLS and the first frame.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 3000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // A stream that its session reads slowly waits at the sender. The window that gRPC makes from the
  // bandwidth it measures grows to many megabytes a stream, all of it memory of the gateway.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 256 * 1024);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Channels with the same arguments would share one connection; each replica has its own anyway.
  auto replica = std::make_shared<Replica>(
      address, grpc::CreateCustomChannel(address, credentials_, arguments));
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "connect", KeepConnected(replica));
  return replica;
}

boost::asio::awaitable<bool> MailstorePool::ResolveOnce() {
  constexpr auto token = boost::asio::as_tuple(boost::asio::use_awaitable);
  boost::asio::ip::tcp::resolver resolver(co_await boost::asio::this_coro::executor);
  std::set<std::string> addresses;
  for (const Host& host : hosts_) {
    const auto [error, results] = co_await resolver.async_resolve(host.name, host.port, token);
    if (error) {
      log::Debug("mailstore does not resolve", {{"host", host.name}, {"error", error.message()}});
      continue;
    }
    // A name with addresses of both families is one replica reached twice: IPv4 if there is any.
    const bool has_v4 = std::any_of(results.begin(), results.end(), [](const auto& entry) {
      return entry.endpoint().address().is_v4();
    });
    for (const auto& entry : results) {
      const auto address = entry.endpoint().address();
      if (address.is_v4() || !has_v4) {
        addresses.insert(address.is_v4()
                             ? absl::StrCat("ipv4:", address.to_string(), ":", host.port)
                             : absl::StrCat("ipv6:[", address.to_string(), "]:", host.port));
      }
    }
  }
  if (addresses.empty()) {
    co_return !All().empty();  // what was known stays: a DNS failure is no reason to stop
  }
  std::vector<ReplicaPtr> next;
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& address : addresses) {
      const auto known =
          std::find_if(replicas_.begin(), replicas_.end(),
                       [&](const ReplicaPtr& replica) { return replica->address() == address; });
      changed = changed || known == replicas_.end();
      next.push_back(known != replicas_.end() ? *known : MakeReplica(address));
    }
    changed = changed || next.size() != replicas_.size();
    replicas_ = next;
  }
  if (changed) {
    log::Info("mailstore replicas", {{"count", next.size()}});
    for (const auto& callback : on_change_) {
      callback(next);
    }
  }
  co_return true;
}

std::vector<ReplicaPtr> MailstorePool::All() const {
  const std::lock_guard lock(mutex_);
  return replicas_;
}

std::vector<ReplicaPtr> MailstorePool::Ranked(uint64_t key) const {
  auto replicas = All();
  if (replicas.size() < 2) {
    return replicas;
  }
  struct Scored {
    bool down;
    uint64_t score;
    ReplicaPtr replica;
  };
  std::vector<Scored> scored;
  for (ReplicaPtr& replica : replicas) {
    const uint64_t score = Mix(key ^ KeyOf(replica->address()));
    scored.push_back({replica->IsDown(), score, std::move(replica)});
  }
  std::sort(scored.begin(), scored.end(), [](const Scored& a, const Scored& b) {
    return a.down != b.down ? b.down : a.score > b.score;
  });
  for (size_t i = 0; i < scored.size(); ++i) {
    replicas[i] = std::move(scored[i].replica);
  }
  return replicas;
}

absl::Status MailstorePool::Ready() const {
  for (const ReplicaPtr& replica : All()) {
    if (replica->IsServing()) {
      return absl::OkStatus();
    }
  }
  return absl::UnavailableError("no mailstore serves");
}

}  // namespace posthorn::rpc
