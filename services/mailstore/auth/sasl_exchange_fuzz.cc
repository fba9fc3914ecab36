#include <cstddef>
#include <cstdint>

#include "absl/strings/str_split.h"
#include "mailstore/auth/password_text.h"
#include "mailstore/auth/sasl_exchange.h"

// First octet: mechanism. The rest: responses, apart by 0x01.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const posthorn::store::SaslMechanisms mechanisms;
  if (size == 0) {
    return 0;
  }
  const absl::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<absl::string_view> responses = absl::StrSplit(rest, '\x01');
  const auto step = mechanisms.Replay(data[0] % 2 == 0 ? "PLAIN" : "LOGIN", responses);
  if (!step.ok() || !std::holds_alternative<posthorn::store::SaslCredentials>(*step)) {
    return 0;
  }
  const auto& credentials = std::get<posthorn::store::SaslCredentials>(*step);
  const auto prepared = posthorn::store::PreparePassword(credentials.password);
  // An empty password would match nothing that was ever set.
  if (prepared.ok() && prepared->empty()) {
    __builtin_trap();
  }
  return 0;
}
