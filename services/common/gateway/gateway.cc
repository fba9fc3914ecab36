#include "common/gateway/gateway.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "common/admin/server.h"
#include "common/config/config.h"
#include "common/log/log.h"

ABSL_FLAG(std::string, mailstore, "dns:///mailstore:9090",
          "mailstore's replicas: dns:///name:port, or host:port,host:port");
ABSL_FLAG(std::string, hostname, "", "name in greetings and trace fields; the machine's if empty");
ABSL_FLAG(std::string, tls_cert_dir, "/etc/posthorn/tls",
          "directory of the certificates clients see: tls.crt and tls.key, or more pairs");
ABSL_FLAG(std::string, proxy_trusted_cidrs, "",
          "networks of load balancers: PROXY protocol v2 is required from them, and taken from "
          "nobody else");
ABSL_FLAG(bool, dev_plaintext_auth, false,
          "for development: allow passwords without TLS from this machine");
ABSL_FLAG(uint64_t, max_message_bytes, 64ull << 20, "largest message, octets");
ABSL_FLAG(posthorn::config::Count, max_connections, posthorn::config::Count(20000),
          "client connections in all, each port");
ABSL_FLAG(posthorn::config::Count, max_connections_per_address, posthorn::config::Count(200),
          "client connections from one address, each port");

namespace posthorn::gateway {
namespace {

constexpr std::chrono::seconds kReloadEvery{10};

template <class T>
T OrExit(absl::StatusOr<T> value) {
  if (!value.ok()) {
    log::Error("cannot start", {{"reason", std::string(value.status().message())}});
    log::Stop();
    std::exit(2);
  }
  return *std::move(value);
}

void OrExit(const absl::Status& status) {
  OrExit(status.ok() ? absl::StatusOr<int>(0) : absl::StatusOr<int>(status));
}

std::string HostnameFromFlags() {
  if (std::string name = absl::GetFlag(FLAGS_hostname); !name.empty()) {
    return name;
  }
  char name[256] = "localhost";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

Gateway::Gateway()
    : hostname_(HostnameFromFlags()),
      proxies_(OrExit(net::NetworkList::Parse(absl::GetFlag(FLAGS_proxy_trusted_cidrs)))),
      tls_(OrExit(net::ServerTls::Load({absl::GetFlag(FLAGS_tls_cert_dir)}))),
      mailstore_(OrExit(rpc::MailstorePool::Make(runtime_, absl::GetFlag(FLAGS_mailstore),
                                                 OrExit(rpc::CertificateFilesFromFlags())))) {}

Gateway::~Gateway() = default;

uint64_t Gateway::max_message_bytes() const { return absl::GetFlag(FLAGS_max_message_bytes); }

bool Gateway::PasswordAllowed(const net::Stream& stream) {
  return stream.is_tls() ||
         (absl::GetFlag(FLAGS_dev_plaintext_auth) && stream.peer().address().is_loopback());
}

void Gateway::Listen(net::ListenerOptions options, net::SessionHandler handler) {
  if (options.address.empty()) {
    return;
  }
  options.proxies = proxies_;
  options.max_connections = static_cast<size_t>(absl::GetFlag(FLAGS_max_connections).value());
  options.max_connections_per_address =
      static_cast<size_t>(absl::GetFlag(FLAGS_max_connections_per_address).value());
  options.grace = std::chrono::seconds(absl::GetFlag(FLAGS_drain_seconds).value());
  log::Info("listening", {{"listener", options.name}, {"address", options.address}});
  listeners_.push_back(std::make_unique<net::Listener>(runtime_, std::move(options), tls_.get(),
                                                       std::move(handler)));
  OrExit(listeners_.back()->Start());
}

boost::asio::awaitable<void> Gateway::ReloadLoop() {
  while (true) {
    co_await runtime::Sleep(kReloadEvery);
    if (const absl::Status status = tls_->ReloadIfChanged(); !status.ok()) {
      log::Error("certificates not reloaded", {{"reason", std::string(status.message())}});
    }
  }
}

int Gateway::Run() {
  mailstore_->Start();
  OrExit(admin::Serve(runtime_, absl::GetFlag(FLAGS_admin_listen),
                      [this] { return mailstore_->Ready(); }));
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "certificates", ReloadLoop());
  const bool clean = runtime_.Run(std::chrono::seconds(absl::GetFlag(FLAGS_drain_seconds).value()));
  log::Stop();
  // Sessions that outlived the grace period refer to parts of this process: no destructors.
  std::_Exit(clean ? 0 : 1);
}

}  // namespace posthorn::gateway
