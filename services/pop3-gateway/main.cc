// pop3-gateway: POP3 (RFC 1939) for clients, gRPC to mailstore. Keeps nothing.
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/config/config.h"
#include "common/gateway/gateway.h"
#include "pop3-gateway/session/context.h"
#include "pop3-gateway/session/metrics.h"
#include "pop3-gateway/session/session.h"

ABSL_FLAG(std::string, listen_pop3, "0.0.0.0:2110",
          "host:port for POP3 with STLS; empty: not served");
ABSL_FLAG(std::string, listen_pop3s, "0.0.0.0:2995",
          "host:port for POP3 over TLS; empty: not served");
ABSL_FLAG(int, login_deadline_seconds, 180, "time that a client has for its login, seconds");
ABSL_FLAG(int, autologout_seconds, 600, "idle time after which a session ends, at least 600");

namespace posthorn::pop3 {
namespace {

// A mistake in the settings: one line, no start.
void Require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "pop3-gateway: %s\n", what);
    std::exit(2);
  }
}

boost::asio::awaitable<void> Serve(net::Stream& stream, const Context& context) {
  Session session(stream, context);
  co_await session.Run();
}

void Listen(const Context& context, std::string name, std::string address, bool implicit_tls) {
  net::ListenerOptions options;
  options.name = std::move(name);
  options.address = std::move(address);
  options.implicit_tls = implicit_tls;
  options.refusal = "-ERR [SYS/TEMP] Too many connections, try again later\r\n";
  context.gateway.Listen(std::move(options),
                         [&context](net::Stream& stream) { return Serve(stream, context); });
}

int Main() {
  const int login_deadline = absl::GetFlag(FLAGS_login_deadline_seconds);
  const int autologout = absl::GetFlag(FLAGS_autologout_seconds);
  Require(login_deadline > 0, "--login_deadline_seconds must be positive");
  // RFC 1939 3: the timer must be of at least ten minutes.
  Require(autologout >= 600, "--autologout_seconds must be at least 600");

  gateway::Gateway gateway;
  Metrics metrics;
  const Context context{.gateway = gateway,
                        .metrics = metrics,
                        .login_deadline = std::chrono::seconds(login_deadline),
                        .autologout = std::chrono::seconds(autologout)};
  Listen(context, "pop3", absl::GetFlag(FLAGS_listen_pop3), /*implicit_tls=*/false);
  Listen(context, "pop3s", absl::GetFlag(FLAGS_listen_pop3s), /*implicit_tls=*/true);
  return gateway.Run();
}

}  // namespace
}  // namespace posthorn::pop3

int main(int argc, char** argv) {
  posthorn::config::Start("pop3-gateway", argc, argv);
  return posthorn::pop3::Main();
}
