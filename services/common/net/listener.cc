#include "common/net/listener.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/net/proxy_protocol.h"

namespace posthorn::net {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kPreambleTimeout{20};  // PROXY header and TLS handshake
constexpr std::chrono::milliseconds kAcceptBackoff{100};

// Reads exactly the PROXY header: what follows it is the client's (or its TLS).
asio::awaitable<absl::StatusOr<ProxyHeader>> ReadProxyHeader(Stream& stream) {
  char buffer[kProxyLimit];
  size_t have = 0;
  size_t want = kProxyPrefix;
  while (have < want) {
    const auto octets = co_await stream.Read(buffer + have, want - have);
    if (!octets.ok()) {
      co_return octets.status();
    }
    have += *octets;
    if (have == kProxyPrefix && want == kProxyPrefix) {
      const auto size = ProxyHeaderSize(absl::string_view(buffer, have));
      if (!size.ok()) {
        co_return size.status();
      }
      want = *size;
    }
  }
  co_return ParseProxyHeader(absl::string_view(buffer, have));
}

// Connections per client address. Thread-safe.
class AddressCounts {
 public:
  bool Enter(const IpAddress& address, size_t limit) {
    const std::lock_guard lock(mutex_);
    size_t& count = counts_[address.to_string()];
    if (count >= limit) {
      return false;
    }
    ++count;
    return true;
  }
  void Leave(const IpAddress& address) {
    const std::lock_guard lock(mutex_);
    const auto it = counts_.find(address.to_string());
    if (it != counts_.end() && --it->second == 0) {
      counts_.erase(it);
    }
  }

 private:
  std::mutex mutex_;
  std::unordered_map<std::string, size_t> counts_;
};

}  // namespace

struct Listener::Shared : std::enable_shared_from_this<Shared> {
  Shared(runtime::Runtime& runtime, ListenerOptions options, const ServerTls* tls,
         SessionHandler handler)
      : runtime(runtime),
        options(std::move(options)),
        tls(tls),
        handler(std::move(handler)),
        acceptor(runtime.context(0)),
        connections(metrics::Gauge("posthorn_connections", "Open client connections",
                                   {{"listener", this->options.name}})),
        accepted(metrics::Counter("posthorn_connections_total", "Accepted client connections",
                                  {{"listener", this->options.name}})),
        refused(metrics::Counter("posthorn_connections_refused_total",
                                 "Connections refused by a limit or a bad preamble",
                                 {{"listener", this->options.name}})) {}

  absl::Status Bind();
  asio::awaitable<void> AcceptLoop();
  asio::awaitable<void> RunConnection(tcp::socket socket);
  asio::awaitable<void> RunSession(Stream& stream);
  asio::awaitable<absl::Status> Preamble(Stream& stream);
  void Drain();
  // For a connection that was accepted while the drain began.
  void DrainIfBegun(Stream& stream);

  runtime::Runtime& runtime;
  ListenerOptions options;
  const ServerTls* tls;
  SessionHandler handler;
  tcp::acceptor acceptor;
  prometheus::Gauge& connections;
  prometheus::Counter& accepted;
  prometheus::Counter& refused;
  // A connection among the open ones, until it ends however it does.
  struct Membership {
    Membership(Shared& shared, Stream& stream)
        : shared(shared), stream(stream), now_open(++shared.open) {
      shared.connections.Increment();
      const std::lock_guard lock(shared.mutex);
      shared.streams.insert(&stream);
    }
    ~Membership() {
      {
        const std::lock_guard lock(shared.mutex);
        shared.streams.erase(&stream);
      }
      shared.connections.Decrement();
      --shared.open;
    }
    Membership(const Membership&) = delete;
    Membership& operator=(const Membership&) = delete;

    Shared& shared;
    Stream& stream;
    const size_t now_open;
  };

  AddressCounts per_address;
  std::atomic<size_t> open = 0;
  std::mutex mutex;
  std::unordered_set<Stream*> streams;  // and all below: guarded by mutex
  bool draining = false;
  SteadyClock::time_point last_read;
  SteadyClock::time_point drain_end;
};

absl::Status Listener::Shared::Bind() {
  const auto endpoint = ParseListenAddress(options.address);
  if (!endpoint.ok()) {
    return endpoint.status();
  }
  boost::system::error_code error;
  acceptor.open(endpoint->protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor.bind(*endpoint, error);
  }
  if (!error) {
    acceptor.listen(4096, error);
  }
  if (error) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.address, ": ", error.message()));
  }
  return absl::OkStatus();
}

asio::awaitable<void> Listener::Shared::AcceptLoop() {
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  while (!runtime.Draining()) {
    asio::io_context& context = runtime.Next();
    auto [error, socket] = co_await acceptor.async_accept(context.get_executor(), token);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
      co_return;
    }
    if (error) {
      // Out of descriptors or memory: waiting is all that helps, spinning makes it worse.
      log::Warning("accept failed", {{"listener", options.name}, {"error", error.message()}});
      co_await runtime::Sleep(kAcceptBackoff);
      continue;
    }
    accepted.Increment();
    const auto executor = socket.get_executor();
    runtime.Spawn(executor, options.name, RunConnection(std::move(socket)));
  }
}

asio::awaitable<void> Listener::Shared::RunConnection(tcp::socket socket) {
  const auto self = shared_from_this();
  boost::system::error_code error;
  const Endpoint peer = socket.remote_endpoint(error);
  const Endpoint local = error ? Endpoint() : socket.local_endpoint(error);
  if (error) {
    co_return;
  }
  Stream stream(std::move(socket), Endpoint(Unmapped(peer.address()), peer.port()),
                Endpoint(Unmapped(local.address()), local.port()));
  const Membership membership(*this, stream);
  stream.ExpiresAfter(kPreambleTimeout);
  if (membership.now_open > options.max_connections) {
    refused.Increment();
    static_cast<void>(co_await stream.Write(options.refusal));
  } else {
    co_await RunSession(stream);
  }
}

asio::awaitable<void> Listener::Shared::RunSession(Stream& stream) {
  const absl::Status preamble = co_await Preamble(stream);
  if (!preamble.ok()) {
    refused.Increment();
    log::Debug("connection refused", {{"listener", options.name},
                                      {"peer", stream.peer().address().to_string()},
                                      {"reason", std::string(preamble.message())}});
    co_return;
  }
  // The client's address as the PROXY header gave it, not the balancer's.
  const IpAddress client = stream.peer().address();
  if (!per_address.Enter(client, options.max_connections_per_address)) {
    refused.Increment();
    static_cast<void>(co_await stream.Write(options.refusal));
    co_return;
  }
  DrainIfBegun(stream);
  // The place is given back whatever leaves the handler.
  struct Place {
    AddressCounts& counts;
    const IpAddress& address;
    ~Place() { counts.Leave(address); }
  } place{per_address, client};
  co_await handler(stream);
}

asio::awaitable<absl::Status> Listener::Shared::Preamble(Stream& stream) {
  if (!options.proxies.empty() && options.proxies.Contains(stream.peer().address())) {
    const auto header = co_await ReadProxyHeader(stream);
    if (!header.ok()) {
      co_return header.status();
    }
    if (header->source.has_value()) {
      stream.SetAddresses(Endpoint(Unmapped(header->source->address()), header->source->port()),
                          *header->destination);
    }
  }
  if (options.implicit_tls) {
    co_return co_await stream.StartTls(tls->Current());
  }
  co_return absl::OkStatus();
}

void Listener::Shared::Drain() {
  boost::system::error_code ignored;
  acceptor.close(ignored);
  // Sessions have ended when the grace period is over: its last eighth, 3 s at most, is for what
  // they still ask of the store, and as much before that for their leave.
  const std::chrono::milliseconds grace = options.grace;
  const auto margin = std::min(grace / 8, std::chrono::milliseconds(3000));
  const std::lock_guard lock(mutex);
  draining = true;
  drain_end = SteadyClock::now() + grace - margin;
  last_read = drain_end - margin;
  for (Stream* stream : streams) {
    // On the stream's own executor; it may be gone by then.
    asio::post(stream->executor(), [self = shared_from_this(), stream] {
      const std::lock_guard guard(self->mutex);
      if (self->streams.contains(stream)) {
        stream->Drain(self->last_read, self->drain_end);
      }
    });
  }
}

void Listener::Shared::DrainIfBegun(Stream& stream) {
  const std::lock_guard lock(mutex);
  if (draining) {
    stream.Drain(last_read, drain_end);
  }
}

Listener::Listener(runtime::Runtime& runtime, ListenerOptions options, const ServerTls* tls,
                   SessionHandler handler)
    : shared_(std::make_shared<Shared>(runtime, std::move(options), tls, std::move(handler))) {}

Listener::~Listener() = default;

absl::Status Listener::Start() {
  if (const absl::Status status = shared_->Bind(); !status.ok()) {
    return status;
  }
  shared_->runtime.OnDrain([shared = shared_] { shared->Drain(); });
  shared_->runtime.SpawnBackground(shared_->runtime.context(0).get_executor(), "accept",
                                   shared_->AcceptLoop());
  return absl::OkStatus();
}

unsigned short Listener::port() const {
  boost::system::error_code ignored;
  return shared_->acceptor.local_endpoint(ignored).port();
}

}  // namespace posthorn::net
