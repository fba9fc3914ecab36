#include "pop3-gateway/protocol/sasl_response.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"

namespace posthorn::pop3 {
namespace {

bool IsCanonicalBase64(absl::string_view text) {
  if (text.size() % 4 != 0) {
    return false;
  }
  absl::string_view digits = text;
  for (int padding = 0; padding < 2 && !digits.empty() && digits.back() == '='; ++padding) {
    digits.remove_suffix(1);
  }
  for (char c : digits) {
    if (!absl::ascii_isalnum(c) && c != '+' && c != '/') {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> DecodeSaslResponse(absl::string_view line) {
  if (line == "*") {
    // RFC 5034 4: the client cancels with a single "*".
    return absl::CancelledError("Authentication cancelled");
  }
  std::string decoded;
  if (!IsCanonicalBase64(line) || !absl::Base64Unescape(line, &decoded)) {
    return absl::InvalidArgumentError("Invalid BASE64");
  }
  return decoded;
}

absl::StatusOr<std::string> DecodeInitialResponse(absl::string_view argument) {
  if (argument == "=") {
    return std::string();
  }
  return DecodeSaslResponse(argument);
}

}  // namespace posthorn::pop3
