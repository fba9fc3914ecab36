#include "mailstore/auth/sasl_exchange.h"

#include <gsasl.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "common/rpc/status.h"
#include "mailstore/auth/keyed_digest.h"

namespace posthorn::store {
namespace {

struct EndSession {
  void operator()(Gsasl_session* session) const { gsasl_finish(session); }
};
using Session = std::unique_ptr<Gsasl_session, EndSession>;

absl::Status Malformed(absl::string_view why) {
  return rpc::MakeError(absl::StatusCode::kInvalidArgument, v1::ErrorDetail::REASON_SASL_MALFORMED,
                        why);
}

std::string Property(Gsasl_session* session, Gsasl_property property) {
  const char* value = gsasl_property_fast(session, property);
  return value == nullptr ? std::string() : std::string(value);
}

// libgsasl asks whether the credentials are right when it has read them. They are only taken here;
// the answer needs the database and an argon2 hash, after the exchange.
int TakeCredentials(Gsasl* /*context*/, Gsasl_session* session, Gsasl_property property) {
  if (property != GSASL_VALIDATE_SIMPLE) {
    return GSASL_NO_CALLBACK;
  }
  auto* taken = static_cast<std::optional<SaslCredentials>*>(gsasl_session_hook_get(session));
  taken->emplace(SaslCredentials{Property(session, GSASL_AUTHZID), Property(session, GSASL_AUTHID),
                                 Property(session, GSASL_PASSWORD)});
  // libgsasl fills in an authorization identity that the client left out.
  if (taken->value().authorization_id == taken->value().authentication_id) {
    taken->value().authorization_id.clear();
  }
  return GSASL_OK;
}

// One step; NeedsMore tells whether the mechanism waits for another response.
absl::StatusOr<bool> Step(Gsasl_session* session, absl::string_view response,
                          std::string& challenge) {
  char* output = nullptr;
  size_t size = 0;
  const int code = gsasl_step(session, response.data(), response.size(), &output, &size);
  if (code == GSASL_OK || code == GSASL_NEEDS_MORE) {
    challenge.assign(output == nullptr ? "" : output, size);
    gsasl_free(output);
    return code == GSASL_NEEDS_MORE;
  }
  return Malformed(gsasl_strerror(code));
}

absl::Status CheckResponses(size_t limit, const std::vector<absl::string_view>& responses) {
  if (responses.size() > limit) {
    return Malformed("more responses than the mechanism has");
  }
  size_t octets = 0;
  for (absl::string_view response : responses) {
    octets += response.size();
  }
  return octets > kMaxSaslOctets ? Malformed("response is too long") : absl::OkStatus();
}

}  // namespace

void SaslMechanisms::Free::operator()(Gsasl* context) const { gsasl_done(context); }

SaslMechanisms::SaslMechanisms() {
  Gsasl* context = nullptr;
  if (const int code = gsasl_init(&context); code != GSASL_OK) {
    std::fprintf(stderr, "posthorn: libgsasl cannot start: %s\n", gsasl_strerror(code));
    std::abort();
  }
  context_.reset(context);
  gsasl_callback_set(context, TakeCredentials);
}

SaslMechanisms::~SaslMechanisms() = default;

absl::StatusOr<SaslStep> SaslMechanisms::Replay(
    absl::string_view mechanism, const std::vector<absl::string_view>& responses) const {
  const bool login = mechanism == "LOGIN";
  if (!login && mechanism != "PLAIN") {
    return rpc::MakeError(absl::StatusCode::kInvalidArgument,
                          v1::ErrorDetail::REASON_MECHANISM_UNKNOWN, "SASL mechanism not offered");
  }
  if (absl::Status ok = CheckResponses(login ? 2 : 1, responses); !ok.ok()) {
    return ok;
  }
  Gsasl_session* started = nullptr;
  if (gsasl_server_start(context_.get(), login ? "LOGIN" : "PLAIN", &started) != GSASL_OK) {
    return absl::ResourceExhaustedError("SASL exchange cannot start");
  }
  const Session session(started);
  std::optional<SaslCredentials> taken;
  gsasl_session_hook_set(session.get(), &taken);

  std::string challenge;
  // The server of LOGIN speaks first and reads nothing in its first step; a user name sent as
  // initial response is simply the first response.
  // RFC 4422 3: without an initial response the server of a client-first mechanism sends an empty
  // challenge.
  if (login || responses.empty()) {
    const absl::StatusOr<bool> more = Step(session.get(), "", challenge);
    if (!more.ok()) {
      return more.status();
    }
  }
  for (absl::string_view response : responses) {
    if (response.empty()) {
      return Malformed("response is empty");
    }
    const absl::StatusOr<bool> more = Step(session.get(), response, challenge);
    if (!more.ok()) {
      return more.status();
    }
    if (!*more) {
      break;
    }
  }
  if (!taken.has_value()) {
    return SaslStep(SaslChallenge{std::move(challenge)});
  }
  return SaslStep(*std::move(taken));
}

}  // namespace posthorn::store
