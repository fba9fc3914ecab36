// SASL (RFC 4422) by replay: from all of a client's responses so far to the next challenge or the
// credentials. Keeps nothing between steps, so any replica can answer any of them.
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct Gsasl;

namespace posthorn::store {

// What the client must answer next, not encoded.
struct SaslChallenge {
  std::string text;
};

// What the client claims, as it sent it. Still to be checked.
struct SaslCredentials {
  std::string authorization_id;  // empty if the same as authentication_id
  std::string authentication_id;
  std::string password;
};

using SaslStep = std::variant<SaslChallenge, SaslCredentials>;

// The mechanisms offered: PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login). Thread-safe.
class SaslMechanisms {
 public:
  SaslMechanisms();
  ~SaslMechanisms();

  // `responses`: decoded, in order, an initial response first. LOGIN clients may send the user name
  // as initial response. InvalidArgument: REASON_MECHANISM_UNKNOWN, or REASON_SASL_MALFORMED for
  // responses that cannot be read, too many of them, or longer than kMaxSaslOctets.
  absl::StatusOr<SaslStep> Replay(absl::string_view mechanism,
                                  const std::vector<absl::string_view>& responses) const;

 private:
  absl::StatusOr<SaslStep> ReplayLogin(const std::vector<absl::string_view>& responses) const;

  struct Free {
    void operator()(Gsasl* context) const;
  };
  std::unique_ptr<Gsasl, Free> context_;
};

// The longest response, and the longest sum of them.
inline constexpr size_t kMaxSaslOctets = 12 * 1024;

}  // namespace posthorn::store
