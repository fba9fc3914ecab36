// What the three gateways have in common: their flags, and the parts wired from them: threads,
// certificates, the way to mailstore, the admin port.
//
//   int main(int argc, char** argv) {
//     config::Start("pop3-gateway", argc, argv);
//     gateway::Gateway gateway;                       // exits with 2 on a bad setting
//     gateway.Listen({.name = "pop3", ...}, handler);
//     return gateway.Run();
//   }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/flags/declare.h"
#include "common/config/count.h"
#include "common/net/listener.h"
#include "common/net/tls.h"
#include "common/rpc/mailstore_pool.h"
#include "common/runtime/runtime.h"

ABSL_DECLARE_FLAG(std::string, mailstore);
ABSL_DECLARE_FLAG(std::string, hostname);
ABSL_DECLARE_FLAG(std::string, tls_cert_dir);
ABSL_DECLARE_FLAG(std::string, proxy_trusted_cidrs);
ABSL_DECLARE_FLAG(bool, dev_plaintext_auth);
ABSL_DECLARE_FLAG(uint64_t, max_message_bytes);
ABSL_DECLARE_FLAG(posthorn::config::Count, max_connections);
ABSL_DECLARE_FLAG(posthorn::config::Count, max_connections_per_address);

namespace posthorn::gateway {

class Gateway {
 public:
  Gateway();
  ~Gateway();

  runtime::Runtime& runtime() { return runtime_; }
  rpc::MailstorePool& mailstore() { return *mailstore_; }
  const net::ServerTls& tls() const { return *tls_; }
  // The name in greetings and trace fields.
  const std::string& hostname() const { return hostname_; }
  uint64_t max_message_bytes() const;

  // Whether a password may be sent over this connection: under TLS, or from this machine when the
  // development switch is on.
  static bool PasswordAllowed(const net::Stream& stream);

  // Serves a port; an empty address turns it off. Limits and proxies are filled in from the flags.
  void Listen(net::ListenerOptions options, net::SessionHandler handler);

  // Runs until SIGTERM and the end of the drain: the exit code of the process.
  int Run();

 private:
  boost::asio::awaitable<void> ReloadLoop();

  runtime::Runtime runtime_;
  std::string hostname_;
  net::NetworkList proxies_;
  std::unique_ptr<net::ServerTls> tls_;
  std::unique_ptr<rpc::MailstorePool> mailstore_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace posthorn::gateway
