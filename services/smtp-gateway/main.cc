// smtp-gateway: takes mail from other servers (mx) and from users (submission) into mailstore.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/config/config.h"
#include "common/gateway/gateway.h"
#include "common/log/log.h"
#include "smtp-gateway/session/session.h"
#include "smtp-gateway/store/grpc_mail_store.h"

ABSL_FLAG(std::string, postmaster, "",
          "address that gets mail to <postmaster>; postmaster@hostname if empty");
ABSL_FLAG(std::string, role, "mx,submission", "what this gateway does: mx, submission, or both");
ABSL_FLAG(std::string, listen_mx, "0.0.0.0:2525", "SMTP between servers; empty: off");
ABSL_FLAG(std::string, listen_submission, "0.0.0.0:2587", "submission with STARTTLS; empty: off");
ABSL_FLAG(std::string, listen_submissions, "0.0.0.0:2465", "submission over TLS; empty: off");

namespace posthorn::smtp {
namespace {

struct PortOptions {
  Port port;
  std::string address;
  bool implicit_tls = false;
};

std::vector<PortOptions> PortsOf(absl::string_view role) {
  if (role == "mx") {
    return {{{"mx", Role::kMx}, absl::GetFlag(FLAGS_listen_mx), false}};
  }
  if (role == "submission") {
    return {{{"submission", Role::kSubmission}, absl::GetFlag(FLAGS_listen_submission), false},
            {{"submissions", Role::kSubmission}, absl::GetFlag(FLAGS_listen_submissions), true}};
  }
  return {};
}

asio::awaitable<void> RunSession(const Server& server, const Port& port, net::Stream& stream) {
  Session session(server, port, stream);
  co_await session.Run();
}

void Listen(gateway::Gateway& gateway, const Server& server, const PortOptions& options) {
  net::ListenerOptions listener;
  listener.name = options.port.name;
  listener.address = options.address;
  listener.implicit_tls = options.implicit_tls;
  listener.refusal =
      absl::StrCat("421 4.7.0 ", server.hostname, " Too many connections, try again later\r\n");
  gateway.Listen(std::move(listener), [&server, port = options.port](net::Stream& stream) {
    return RunSession(server, port, stream);
  });
}

int Run() {
  gateway::Gateway gateway;
  GrpcMailStore store(gateway.mailstore());
  SessionMetrics metrics;
  Server server;
  server.hostname = gateway.hostname();
  server.postmaster = absl::GetFlag(FLAGS_postmaster);
  if (server.postmaster.empty()) {
    server.postmaster = absl::StrCat("postmaster@", server.hostname);
  }
  server.limits.message_octets = gateway.max_message_bytes();
  server.store = &store;
  server.tls = &gateway.tls();
  server.metrics = &metrics;
  for (const absl::string_view role : absl::StrSplit(absl::GetFlag(FLAGS_role), ',')) {
    const std::vector<PortOptions> ports = PortsOf(role);
    if (ports.empty()) {
      log::Error("cannot start", {{"reason", absl::StrCat("role: unknown role \"", role, "\"")}});
      log::Stop();
      return 2;
    }
    for (const PortOptions& options : ports) {
      Listen(gateway, server, options);
    }
  }
  return gateway.Run();
}

}  // namespace
}  // namespace posthorn::smtp

int main(int argc, char** argv) {
  posthorn::config::Start("smtp-gateway", argc, argv);
  return posthorn::smtp::Run();
}
