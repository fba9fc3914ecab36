#include "mailstore/auth/password_text.h"

#include <gsasl.h>
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

namespace posthorn::store {
namespace {

bool IsPrintableAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool IsUtf8(absl::string_view text) {
  const auto* octets = reinterpret_cast<const uint8_t*>(text.data());
  int32_t at = 0;
  const auto size = static_cast<int32_t>(text.size());
  while (at < size) {
    UChar32 code_point;
    U8_NEXT(octets, at, size, code_point);
    if (code_point < 0) {
      return false;
    }
  }
  return true;
}

absl::StatusOr<std::string> Nfc(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  std::string out;
  if (U_SUCCESS(error)) {
    icu::StringByteSink<std::string> sink(&out);
    nfc->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                       nullptr, error);
  }
  if (U_FAILURE(error)) {
    return absl::InternalError("password cannot be normalised");
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> PreparePassword(absl::string_view password) {
  if (password.empty()) {
    return absl::InvalidArgumentError("password is empty");
  }
  if (password.size() > kMaxPasswordOctets) {
    return absl::InvalidArgumentError("password is longer than 8192 octets");
  }
  if (password.find('\0') != absl::string_view::npos) {
    return absl::InvalidArgumentError("password has a NUL character");
  }
  if (IsPrintableAscii(password)) {
    return std::string(password);
  }
  if (!IsUtf8(password)) {
    return absl::InvalidArgumentError("password is not UTF-8");
  }
  char* prepared = nullptr;
  int detail = 0;
  const std::string terminated(password);
  // Code points newer than Unicode 3.2 are taken: libgsasl 2.2 refuses them with its flag
  // GSASL_ALLOW_UNASSIGNED and allows them without it.
  if (gsasl_saslprep(terminated.c_str(), Gsasl_saslprep_flags{}, &prepared, &detail) != GSASL_OK) {
    // Such a password could be set here, but SASL clients and servers would refuse it at login.
    return absl::InvalidArgumentError(
        "password has control characters or mixes writing directions");
  }
  const std::unique_ptr<char, decltype(&gsasl_free)> owner(prepared, &gsasl_free);
  // What is prepared away to nothing (soft hyphens alone) is no password.
  if (*prepared == '\0') {
    return absl::InvalidArgumentError("password is empty");
  }
  return Nfc(prepared);
}

}  // namespace posthorn::store
