// imap-gateway: IMAP4rev1 (RFC 3501) for clients, gRPC to mailstore. Keeps nothing.
#include <boost/asio/awaitable.hpp>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "common/config/config.h"
#include "common/gateway/gateway.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/session/session.h"

using posthorn::config::Count;

ABSL_FLAG(std::string, listen_imap, "0.0.0.0:2143",
          "host:port for IMAP with STARTTLS; empty: not served");
ABSL_FLAG(std::string, listen_imaps, "0.0.0.0:2993",
          "host:port for IMAP over TLS; empty: not served");

ABSL_FLAG(int, max_connections_per_account, 100, "logged-in sessions of one account");
ABSL_FLAG(bool, literal_minus, false,
          "offer LITERAL- (non-synchronizing literals up to 4 KiB) in place of LITERAL+");
ABSL_FLAG(Count, message_limit, Count(1000000), "messages that one command works at, at most");
ABSL_FLAG(Count, save_limit, Count(100000), "messages of one COPY, MOVE or APPEND at most");
ABSL_FLAG(std::uint64_t, envelope_cache_bytes, 32 << 20,
          "memory for ENVELOPEs told before, octets");
ABSL_FLAG(int, login_deadline_seconds, 180, "time that a client has for its login, seconds");
ABSL_FLAG(int, command_deadline_seconds, 300,
          "time that a client has for a command, seconds; literals add one for 1,000 octets");
ABSL_FLAG(int, progress_milliseconds, 10000,
          "a client whose command takes longer is told that it is being worked at");

namespace posthorn::imap {
namespace {

Settings SettingsFromFlags() {
  Settings settings;
  settings.literal_minus = absl::GetFlag(FLAGS_literal_minus);
  settings.message_limit = static_cast<std::uint32_t>(absl::GetFlag(FLAGS_message_limit).value());
  settings.save_limit = static_cast<std::uint32_t>(absl::GetFlag(FLAGS_save_limit).value());
  settings.login_deadline = std::chrono::seconds(absl::GetFlag(FLAGS_login_deadline_seconds));
  settings.command_deadline = std::chrono::seconds(absl::GetFlag(FLAGS_command_deadline_seconds));
  settings.progress = std::chrono::milliseconds(absl::GetFlag(FLAGS_progress_milliseconds));
  return settings;
}

asio::awaitable<void> Serve(net::Stream& stream, const Services& services) {
  Session session(services, stream);
  co_await session.Run();
}

void Listen(const Services& services, std::string name, std::string address, bool implicit_tls) {
  net::ListenerOptions options;
  options.name = std::move(name);
  options.address = std::move(address);
  options.implicit_tls = implicit_tls;
  options.refusal = "* BYE [UNAVAILABLE] Too many connections, try again later\r\n";
  services.gateway.Listen(std::move(options),
                          [&services](net::Stream& stream) { return Serve(stream, services); });
}

int Main() {
  gateway::Gateway gateway;
  ChangeHub changes(gateway.runtime(), gateway.mailstore());
  AccountConnections accounts(
      static_cast<std::size_t>(absl::GetFlag(FLAGS_max_connections_per_account)));
  ViewPool views;
  EnvelopeCache envelopes(absl::GetFlag(FLAGS_envelope_cache_bytes));
  const Services services{gateway, changes, accounts, views, envelopes, SettingsFromFlags()};
  Listen(services, "imap", absl::GetFlag(FLAGS_listen_imap), /*implicit_tls=*/false);
  Listen(services, "imaps", absl::GetFlag(FLAGS_listen_imaps), /*implicit_tls=*/true);
  return gateway.Run();
}

}  // namespace
}  // namespace posthorn::imap

int main(int argc, char** argv) {
  posthorn::config::Start("imap-gateway", argc, argv);
  return posthorn::imap::Main();
}
