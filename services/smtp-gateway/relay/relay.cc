#include "smtp-gateway/relay/relay.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/time/time.h"
#include "common/config/count.h"
#include "common/gateway/login.h"
#include "common/log/log.h"
#include "smtp-gateway/dns/resolver_flags.h"
#include "smtp-gateway/relay/sts_cache.h"

ABSL_FLAG(posthorn::config::Count, relay_connections, posthorn::config::Count(50),
          "connections to next hops of one gateway");
ABSL_FLAG(posthorn::config::Count, relay_messages_per_connection, posthorn::config::Count(100),
          "messages over one connection to a next hop");
ABSL_FLAG(
    absl::Duration, relay_idle_time, absl::Seconds(3),
    "how long a connection to a next hop is kept when there is no mail for it; 0: not at all");
ABSL_FLAG(posthorn::config::Count, relay_port, posthorn::config::Count(25),
          "port of the hosts that a domain's MX records name");
ABSL_FLAG(std::string, relay_ca, "",
          "PEM file of certificate authorities that next hops may have, beside the system's");
ABSL_FLAG(bool, relay_loopback, false,
          "for tests: hosts that a domain's MX records name may be this machine");
ABSL_FLAG(
    bool, relay_private_sts_hosts, false,
    "policies of MTA-STS are fetched from private addresses, and reports of TLS posted to them");

namespace posthorn::relay {
namespace {

constexpr std::chrono::seconds kReportEvery{30};
constexpr std::chrono::seconds kPostTimeout{5};

ConnectorOptions ConnectorOptionsFromFlags(const std::string& hostname) {
  ConnectorOptions options;
  options.router.hostname = hostname;
  options.router.port = static_cast<uint16_t>(absl::GetFlag(FLAGS_relay_port).value());
  options.loopback_allowed = absl::GetFlag(FLAGS_relay_loopback);
  return options;
}

IdleOptions IdleOptionsFromFlags() {
  IdleOptions options;
  options.time = absl::ToChronoMilliseconds(absl::GetFlag(FLAGS_relay_idle_time));
  options.connections = static_cast<size_t>(absl::GetFlag(FLAGS_relay_connections).value());
  return options;
}

}  // namespace

Relay::Relay(runtime::Runtime& runtime, const rpc::MailstorePool& pool)
    : runtime_(runtime), source_(pool) {}

Relay::~Relay() = default;

absl::StatusOr<std::unique_ptr<Relay>> Relay::Make(runtime::Runtime& runtime,
                                                   const rpc::MailstorePool& pool,
                                                   const std::string& hostname) {
  auto relay = std::unique_ptr<Relay>(new Relay(runtime, pool));
  if (const absl::Status status = relay->Configure(hostname); !status.ok()) {
    return status;
  }
  return relay;
}

absl::Status Relay::Configure(const std::string& hostname) {
  if (absl::GetFlag(FLAGS_relay_port).value() > 65535) {
    return absl::InvalidArgumentError("relay_port: not a port");
  }
  if (absl::GetFlag(FLAGS_relay_idle_time) < absl::ZeroDuration() ||
      absl::GetFlag(FLAGS_relay_idle_time) > absl::Minutes(5)) {
    return absl::InvalidArgumentError("relay_idle_time: from 0 to 5m");
  }
  auto resolver = dns::ValidatingResolverFromFlags(runtime_.context(0).get_executor());
  if (!resolver.ok()) {
    return resolver.status();
  }
  resolver_ = *std::move(resolver);
  receivers_ = std::make_unique<ReportReceivers>(*resolver_);
  auto tls = net::ClientTls::Make(absl::GetFlag(FLAGS_relay_ca));
  if (!tls.ok()) {
    return tls.status();
  }
  tls_ = *std::move(tls);
  HttpsOptions https;
  https.private_allowed = absl::GetFlag(FLAGS_relay_private_sts_hosts);
  sts_ = std::make_unique<StsCache>(*resolver_, *tls_, source_, https);
  ConnectorOptions connector = ConnectorOptionsFromFlags(hostname);
  connector.stopping = [this] { return runtime_.Draining(); };
  connector_ =
      std::make_unique<Connector>(std::move(connector), *resolver_, *tls_, sts_.get(), report_);
  WorkerOptions options;
  options.worker_id = gateway::NewIdempotencyKey();
  options.messages_per_connection =
      static_cast<uint64_t>(absl::GetFlag(FLAGS_relay_messages_per_connection).value());
  idle_ = std::make_unique<IdleSessions>(
      IdleOptionsFromFlags(),
      [this](const asio::any_io_executor& executor, asio::awaitable<void> task) {
        runtime_.Spawn(executor, "idle session", std::move(task));
      });
  workers_ =
      std::unique_ptr<Workers>(new Workers{std::move(options), source_, *connector_, *idle_,
                                           [this] { return runtime_.Draining(); }, PostBy(https)});
  return absl::OkStatus();
}

// A drain waits for it: the steps are short.
Post Relay::PostBy(HttpsOptions options) {
  options.timeout = kPostTimeout;
  return [this, options](HttpsUrl url, std::string type, std::string body) {
    return HttpsPost(*resolver_, *tls_, options, std::move(url), std::move(type), std::move(body));
  };
}

void Relay::Start() {
  for (size_t i = 0; i < runtime_.size(); ++i) {
    contexts_.push_back(std::make_unique<WorkerContext>(source_, workers_->options.worker_id,
                                                        runtime_.context(i).get_executor()));
  }
  const int connections = absl::GetFlag(FLAGS_relay_connections).value();
  for (int i = 0; i < connections; ++i) {
    WorkerContext& context = *contexts_[static_cast<size_t>(i) % contexts_.size()];
    runtime_.Spawn(context.executor, "relay", ClaimLoop(*workers_, context));
  }
  runtime_.OnDrain([this] {
    source_.CancelClaims();
    idle_->Drain();
    for (const auto& context : contexts_) {
      asio::post(context->executor, [&drain = context->drain] { drain.Ring(); });
    }
    runtime_.Spawn(runtime_.context(0).get_executor(), "tls report", SendReport());
  });
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "tls report", ReportLoop());
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "dnssec", resolver_->Watch());
  log::Info("relaying", {{"connections", connections}});
}

asio::awaitable<void> Relay::ReportLoop() {
  while (true) {
    co_await runtime::Sleep(kReportEvery);
    co_await SendReport();
  }
}

asio::awaitable<void> Relay::SendReport() {
  const ReportReceivers::Sorted sorted = co_await receivers_->Sort(report_.Take());
  report_.GiveBack(sorted.later);
  if (sorted.wanted.sessions().empty()) {
    co_return;
  }
  const absl::Status status = co_await source_.CountTlsSessions(sorted.wanted);
  if (!status.ok()) {
    report_.GiveBack(sorted.wanted);
  }
}

}  // namespace posthorn::relay
