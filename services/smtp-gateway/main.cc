// smtp-gateway: takes mail from other servers (mx), from users (submission) and from an MTA in
// front (lmtp) into mailstore, and mail that leaves to other servers (relay).
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
#include "smtp-gateway/dns/resolver_flags.h"
#include "smtp-gateway/filter/dnsbl.h"
#include "smtp-gateway/filter/filters.h"
#include "smtp-gateway/relay/relay.h"
#include "smtp-gateway/session/server_flags.h"
#include "smtp-gateway/session/session.h"
#include "smtp-gateway/store/grpc_mail_store.h"

ABSL_FLAG(std::string, postmaster, "",
          "address that gets mail to <postmaster>; postmaster@hostname if empty");
ABSL_FLAG(std::string, role, "mx,submission,relay",
          "what this gateway does: mx, submission, lmtp, relay, with commas between");
ABSL_FLAG(std::string, listen_mx, "0.0.0.0:2525", "SMTP between servers; empty: off");
ABSL_FLAG(std::string, listen_submission, "0.0.0.0:2587", "submission with STARTTLS; empty: off");
ABSL_FLAG(std::string, listen_submissions, "0.0.0.0:2465", "submission over TLS; empty: off");
ABSL_FLAG(std::string, listen_lmtp, "", "LMTP from an MTA in front; empty: off");

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
  if (role == "lmtp") {
    return {{{"lmtp", Role::kLmtp}, absl::GetFlag(FLAGS_listen_lmtp), false}};
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

int CannotStart(absl::string_view reason) {
  log::Error("cannot start", {{"reason", std::string(reason)}});
  log::Stop();
  return 2;
}

// Lists of clients in the DNS, if there are any.
struct ClientLists {
  std::unique_ptr<dns::Resolver> resolver;
  std::unique_ptr<filter::Dnsbl> dnsbl;

  absl::Status Start(gateway::Gateway& gateway) {
    auto options = filter::Dnsbl::OptionsFromFlags();
    if (!options.ok() || options->zones.empty()) {
      return options.status();
    }
    auto made = dns::ResolverFromFlags(gateway.runtime().context(0).get_executor());
    if (made.ok()) {
      resolver = *std::move(made);
      dnsbl = std::make_unique<filter::Dnsbl>(*std::move(options), *resolver);
    }
    return made.status();
  }
};

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
  if (const absl::Status read = ReadServerFlags(server); !read.ok()) {
    return CannotStart(read.message());
  }
  const auto filters = filter::Filters::FromFlags();
  if (!filters.ok()) {
    return CannotStart(filters.status().message());
  }
  server.filters = filters->get();
  ClientLists lists;
  if (const absl::Status status = lists.Start(gateway); !status.ok()) {
    return CannotStart(status.message());
  }
  server.blocklists = lists.dnsbl.get();
  std::unique_ptr<relay::Relay> relay;
  for (const absl::string_view role : absl::StrSplit(absl::GetFlag(FLAGS_role), ',')) {
    if (role == "relay") {
      auto made = relay::Relay::Make(gateway.runtime(), gateway.mailstore(), gateway.hostname());
      if (!made.ok()) {
        return CannotStart(made.status().message());
      }
      relay = *std::move(made);
      relay->Start();
      continue;
    }
    const std::vector<PortOptions> ports = PortsOf(role);
    if (ports.empty()) {
      return CannotStart(absl::StrCat("role: unknown role \"", role, "\""));
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
