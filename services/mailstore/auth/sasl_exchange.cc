#include "mailstore/auth/sasl_exchange.h"

#include <gsasl.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/strings/str_split.h"
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

// RFC 4616 2: [authzid] NUL authcid NUL passwd, without NUL in any of them. Read here, since
// libgsasl 2.2 refuses passwords with characters newer than Unicode 3.2 in this mechanism (it takes
// GSASL_ALLOW_UNASSIGNED for its opposite), and people have emoji in theirs.
absl::StatusOr<SaslStep> ReadPlain(const std::vector<absl::string_view>& responses) {
  if (responses.empty()) {
    // RFC 4422 3: without an initial response the server of a client-first mechanism sends an
    // empty challenge.
    return SaslStep(SaslChallenge{});
  }
  const std::vector<absl::string_view> fields = absl::StrSplit(responses[0], '\0');
  if (fields.size() != 3 || fields[1].empty() || fields[2].empty()) {
    return Malformed("not an identity and a password");
  }
  SaslCredentials credentials{std::string(fields[0]), std::string(fields[1]),
                              std::string(fields[2])};
  if (credentials.authorization_id == credentials.authentication_id) {
    credentials.authorization_id.clear();
  }
  return SaslStep(std::move(credentials));
}

// libgsasl asks whether the credentials are right when it has read them. They are only taken here;
// the answer needs the database and an argon2 hash, after the exchange.
int TakeCredentials(Gsasl* /*context*/, Gsasl_session* session, Gsasl_property property) {
  if (property != GSASL_VALIDATE_SIMPLE) {
    return GSASL_NO_CALLBACK;
  }
  auto* taken = static_cast<std::optional<SaslCredentials>*>(gsasl_session_hook_get(session));
  taken->emplace(
      SaslCredentials{"", Property(session, GSASL_AUTHID), Property(session, GSASL_PASSWORD)});
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
  return login ? ReplayLogin(responses) : ReadPlain(responses);
}

absl::StatusOr<SaslStep> SaslMechanisms::ReplayLogin(
    const std::vector<absl::string_view>& responses) const {
  Gsasl_session* started = nullptr;
  if (gsasl_server_start(context_.get(), "LOGIN", &started) != GSASL_OK) {
    return absl::ResourceExhaustedError("SASL exchange cannot start");
  }
  const Session session(started);
  std::optional<SaslCredentials> taken;
  gsasl_session_hook_set(session.get(), &taken);

  std::string challenge;
  // The server of LOGIN speaks first and reads nothing in its first step; a user name sent as
  // initial response is simply the first response.
  if (const absl::StatusOr<bool> more = Step(session.get(), "", challenge); !more.ok()) {
    return more.status();
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
