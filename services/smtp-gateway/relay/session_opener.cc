#include "smtp-gateway/relay/session_opener.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/connect.h"
#include "smtp-gateway/relay/relay_metrics.h"

namespace posthorn::relay {
namespace {

std::string KindOfTls(const net::Stream& stream, const net::PeerCheck& check,
                      const TlsPolicy& policy) {
  const bool by_sts =
      policy.type == "sts" && policy.level == TlsPolicy::Level::kVerified && !policy.unmet;
  return absl::StrCat(stream.TlsVersion(), " ", stream.TlsCipher(), " ",
                      check.by_dane     ? "dane"
                      : !check.verified ? "unverified"
                      : by_sts          ? "sts"
                                        : "verified");
}

// Of a certificate, for reports; empty if it is what the policy asks for.
std::string FailureType(const TlsPolicy& policy, const net::PeerCheck& check) {
  // RFC 8461 5: a policy in testing is reported, not enforced.
  if (policy.type == "sts" || policy.level == TlsPolicy::Level::kDane) {
    return check.verified ? "" : check.failure_type;
  }
  // None of the records can be used.
  return policy.type == "tlsa" ? "tlsa-invalid" : "";
}

}  // namespace

asio::awaitable<std::optional<Session>> SessionOpener::Open(const Host& host,
                                                            const net::IpAddress& address,
                                                            const TlsPolicy& policy) {
  record_.AtAddress(address.to_string());
  const net::Endpoint endpoint(address, host.port);
  Session session;
  session.host = host.name;
  session.address = record_.address();
  session.lmtp = route_ != nullptr && route_->lmtp();
  const bool never = policy.level == TlsPolicy::Level::kNone;
  Step step = co_await Begin(endpoint, policy, never, session);
  if (step == Step::kAgainInClear) {
    step = co_await Begin(endpoint, policy, true, session);
  }
  if (step != Step::kDone) {
    co_return std::nullopt;
  }
  metrics::CountConnection("connected");
  co_return std::move(session);
}

asio::awaitable<SessionOpener::Step> SessionOpener::Begin(const net::Endpoint& endpoint,
                                                          const TlsPolicy& policy, bool in_clear,
                                                          Session& session) {
  auto stream = co_await net::Connect(endpoint, options_.connect_timeout);
  if (!stream.ok()) {
    metrics::CountConnection("unreachable");
    record_.Keep(
        Weight::kUnreachable,
        Deferred("4.4.1", absl::StrCat("no connection to ", record_.host(), " [", record_.address(),
                                       "]: ", stream.status().message())),
        v1::FinishWorkRequest::SITE_DEAD);
    co_return Step::kNext;
  }
  record_.ConnectedFrom((*stream)->local().address().to_string());
  session.connection = std::make_unique<client::Connection>(*std::move(stream), options_.timeouts);
  const Step step = co_await SetUp(session, policy, in_clear);
  if (step == Step::kNext) {
    co_await session.connection->Quit();
  }
  co_return step;
}

asio::awaitable<bool> SessionOpener::Hello(Session& session) {
  client::Hello hello =
      co_await client::SayHello(*session.connection, options_.router.hostname, session.lmtp);
  if (!hello.accepted) {
    record_.KeepRefusal(hello.refusal);
    co_return false;
  }
  session.extensions = std::move(hello.extensions);
  co_return true;
}

absl::StatusOr<net::SslPtr> SessionOpener::NewTls(const TlsPolicy& policy) const {
  net::ClientTlsOptions tls;
  tls.server_name = policy.server_name;
  tls.names = policy.names;
  tls.tlsa = policy.tlsa;
  if (route_ != nullptr) {
    tls.certificate = route_->client_certificate();
    tls.key = route_->client_key();
  }
  return tls_.NewSession(tls);
}

asio::awaitable<bool> SessionOpener::BeginInTls(Session& session, const TlsPolicy& policy) {
  auto tls = NewTls(policy);
  absl::Status status = tls.status();
  if (status.ok()) {
    session.connection->stream().ExpiresAfter(options_.timeouts.tls);
    status = co_await session.connection->stream().StartClientTls(*std::move(tls));
  }
  if (!status.ok()) {
    metrics::CountConnection("tls_failed");
    record_.Keep(Weight::kTls,
                 Deferred("4.7.5", absl::StrCat(record_.host(), ": ", status.message())),
                 v1::FinishWorkRequest::SITE_DEAD);
    co_return false;
  }
  co_return CheckTls(session, policy);
}

asio::awaitable<SessionOpener::Step> SessionOpener::SetUp(Session& session, const TlsPolicy& policy,
                                                          bool in_clear) {
  if (policy.implicit) {
    const bool secured = co_await BeginInTls(session, policy);
    if (!secured) {
      co_return Step::kNext;
    }
  }
  const client::Refusal refusal = co_await client::AwaitGreeting(*session.connection);
  if (!refusal.status.ok()) {
    record_.KeepRefusal(refusal);
    co_return Step::kNext;
  }
  if (!co_await Hello(session)) {
    co_return Step::kNext;
  }
  if (!policy.implicit && !in_clear) {
    const Step step = co_await Secure(session, policy);
    if (step != Step::kDone) {
      co_return step;
    }
  }
  if (demand_ == TlsDemand::kRequired &&
      !(session.may_require_tls && session.extensions.require_tls)) {
    record_.Keep(
        Weight::kNotQualified,
        Failed("5.7.30", absl::StrCat(record_.host(), " does not offer what REQUIRETLS asks for")),
        v1::FinishWorkRequest::SITE_UNKNOWN);
    co_return Step::kNext;
  }
  if (session.tls.empty()) {
    metrics::CountTls("none");
    session.below_policy = policy.level >= TlsPolicy::Level::kRequired;
  }
  session.below_policy = session.below_policy || policy.unmet;
  const bool logged_in = co_await LogIn(session);
  co_return logged_in ? Step::kDone : Step::kNext;
}

// STARTTLS as the policy wants it.
asio::awaitable<SessionOpener::Step> SessionOpener::Secure(Session& session,
                                                           const TlsPolicy& policy) {
  if (!session.extensions.starttls) {
    record_.CountTls(policy, "starttls-not-supported");
    if (!policy.mandatory()) {
      co_return Step::kDone;
    }
    metrics::CountConnection("tls_failed");
    record_.Keep(Weight::kTls,
                 Deferred("4.7.4", absl::StrCat(record_.host(), " does not offer STARTTLS")),
                 v1::FinishWorkRequest::SITE_UNKNOWN);
    co_return Step::kNext;
  }
  auto tls = NewTls(policy);
  client::StartTlsResult started;
  if (tls.ok()) {
    started = co_await client::StartTls(*session.connection, *std::move(tls));
  } else {
    started.status = tls.status();
  }
  if (!started.status.ok()) {
    record_.CountTls(policy, started.asked ? "validation-failure" : "starttls-not-supported");
    metrics::CountConnection("tls_failed");
    if (!policy.mandatory()) {
      co_return started.asked ? Step::kAgainInClear : Step::kDone;
    }
    record_.Keep(Weight::kTls,
                 Deferred("4.7.5", absl::StrCat(record_.host(),
                                                ": STARTTLS failed: ", started.status.message())),
                 v1::FinishWorkRequest::SITE_UNKNOWN);
    co_return Step::kNext;
  }
  if (!CheckTls(session, policy)) {
    co_return Step::kNext;
  }
  // RFC 3207 4.2: what was said before does not count.
  session.extensions = {};
  const bool hello = co_await Hello(session);
  co_return hello ? Step::kDone : Step::kNext;
}

// Whether the certificate is what the policy wants.
bool SessionOpener::CheckTls(Session& session, const TlsPolicy& policy) {
  const net::PeerCheck check = net::CheckPeer(session.connection->stream().tls_session());
  const bool wanted =
      policy.level == TlsPolicy::Level::kVerified || policy.level == TlsPolicy::Level::kDane;
  session.tls = KindOfTls(session.connection->stream(), check, policy);
  record_.InTls(session.tls);
  session.may_require_tls = check.verified && policy.name_is_trusted;
  record_.CountTls(policy, FailureType(policy, check));
  metrics::CountTls(check.by_dane ? "dane" : check.verified ? "verified" : "opportunistic");
  if (!wanted || check.verified) {
    return true;
  }
  if (policy.optional) {
    session.below_policy = true;
    return true;
  }
  metrics::CountConnection("tls_failed");
  record_.Keep(Weight::kTls,
               Deferred("4.7.5", absl::StrCat("the certificate of ", record_.host(),
                                              " does not hold: ", check.reason)),
               v1::FinishWorkRequest::SITE_UNKNOWN);
  return false;
}

asio::awaitable<bool> SessionOpener::LogIn(Session& session) {
  if (route_ == nullptr || route_->username().empty()) {
    co_return true;
  }
  if (session.tls.empty() && route_->tls() != v1::Route::TLS_NONE) {
    record_.Keep(
        Weight::kTls,
        Deferred("4.7.11", absl::StrCat(record_.host(), " is not told a password without TLS")),
        v1::FinishWorkRequest::SITE_UNKNOWN);
    co_return false;
  }
  const client::Refusal refusal = co_await client::Authenticate(
      *session.connection, session.extensions, route_->username(), route_->password());
  if (refusal.status.ok()) {
    co_return true;
  }
  metrics::CountConnection("auth_failed");
  record_.Keep(Weight::kTls,
               Deferred("4.7.8", absl::StrCat(record_.host(),
                                              " refuses the login: ", refusal.status.message())),
               v1::FinishWorkRequest::SITE_UNKNOWN);
  co_return false;
}

}  // namespace posthorn::relay
