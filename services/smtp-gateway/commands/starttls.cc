// STARTTLS (RFC 3207).
#include "smtp-gateway/commands/handlers.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

constexpr Reply kGoAhead{220, "2.0.0", "Ready to start TLS"};
constexpr Reply kNotOffered{502, "5.5.1", "STARTTLS is not available"};
constexpr Reply kAlready{503, "5.5.1", "TLS is active already"};
constexpr Reply kInjected{554, "5.5.0", "Nothing may follow STARTTLS before its reply"};

}  // namespace

asio::awaitable<void> RunStartTls(Session& session, std::string_view) {
  if (session.stream().is_tls() || session.login()) {
    session.Send(kAlready);
    co_return;
  }
  if (session.server().tls == nullptr) {
    session.Send(kNotOffered);
    co_return;
  }
  if (!session.input().empty()) {
    // Somebody between the client and us may have put it there, to be read as if it came through
    // TLS (CVE-2011-0411).
    session.CountAbuse("starttls_injection");
    session.SendAndClose(kInjected);
    co_return;
  }
  session.Send(kGoAhead);
  const bool flushed = co_await session.Flush();
  if (!flushed) {
    co_return;
  }
  session.stream().ExpiresAfter(session.server().limits.tls_handshake);
  auto context = session.server().tls->Current();
  const absl::Status started = co_await session.stream().StartTls(std::move(context));
  if (!started.ok()) {
    session.Abort();
    co_return;
  }
  // RFC 3207 4.2: what was said in the clear is forgotten.
  session.hello() = Hello();
  session.transaction().Reset();
}

std::string StartTlsKeyword(const Session& session) {
  return session.server().tls != nullptr && !session.stream().is_tls() ? "STARTTLS" : "";
}

}  // namespace posthorn::smtp
