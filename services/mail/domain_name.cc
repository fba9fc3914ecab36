// The domain names of mailbox_address.h: letters, digits, hyphens and IDNA.
#include <unicode/uidna.h>

#include <array>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "mail/mailbox_address.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxDomain = 255;  // RFC 5321 4.5.3.1.2
constexpr size_t kMaxLabel = 63;    // RFC 1035 2.3.4

struct CloseIdna {
  void operator()(UIDNA* idna) const { uidna_close(idna); }
};

std::unique_ptr<UIDNA, CloseIdna> OpenIdna() {
  UErrorCode error = U_ZERO_ERROR;
  return std::unique_ptr<UIDNA, CloseIdna>(uidna_openUTS46(UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                                               UIDNA_NONTRANSITIONAL_TO_ASCII |
                                                               UIDNA_NONTRANSITIONAL_TO_UNICODE,
                                                           &error));
}

bool NeedsIdna(absl::string_view domain) {
  for (const char c : domain) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return true;
    }
  }
  return absl::StrContains(absl::AsciiStrToLower(domain), "xn--");
}

absl::StatusOr<std::string> ToAscii(absl::string_view domain) {
  const auto idna = OpenIdna();
  UErrorCode error = U_ZERO_ERROR;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, 1024> buffer;
  const int32_t length =
      uidna_nameToASCII_UTF8(idna.get(), domain.data(), static_cast<int32_t>(domain.size()),
                             buffer.data(), buffer.size(), &info, &error);
  if (U_FAILURE(error) || length > static_cast<int32_t>(buffer.size()) || info.errors != 0) {
    return absl::InvalidArgumentError("domain is not a valid internationalized name");
  }
  return std::string(buffer.data(), static_cast<size_t>(length));
}

// RFC 5321 4.1.2: sub-domain = Let-dig [Ldh-str]. Underscores, which senders' hosts do have, pass.
bool IsLabel(absl::string_view label) {
  if (label.empty() || label.size() > kMaxLabel || label.front() == '-' || label.back() == '-') {
    return false;
  }
  for (const char c : label) {
    if (!absl::ascii_isalnum(c) && c != '-' && c != '_') {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> NormalizeDomain(absl::string_view domain) {
  if (domain.size() > kMaxDomain) {
    return absl::OutOfRangeError("domain is longer than 255 octets");
  }
  std::string name = absl::AsciiStrToLower(domain);
  if (NeedsIdna(domain)) {
    absl::StatusOr<std::string> ascii = ToAscii(domain);
    if (!ascii.ok()) {
      return ascii.status();
    }
    name = absl::AsciiStrToLower(*ascii);
    if (name.size() > kMaxDomain) {
      return absl::OutOfRangeError("domain is longer than 255 octets");
    }
  }
  for (const absl::string_view label : absl::StrSplit(name, '.')) {
    if (!IsLabel(label)) {
      return absl::InvalidArgumentError("domain has a malformed label");
    }
  }
  return name;
}

std::string DomainToUnicode(absl::string_view domain) {
  if (domain.size() > kMaxDomain || !NeedsIdna(domain)) {
    return std::string(domain);
  }
  const auto idna = OpenIdna();
  UErrorCode error = U_ZERO_ERROR;
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, 1024> buffer;
  const int32_t length =
      uidna_nameToUnicodeUTF8(idna.get(), domain.data(), static_cast<int32_t>(domain.size()),
                              buffer.data(), buffer.size(), &info, &error);
  if (U_FAILURE(error) || length > static_cast<int32_t>(buffer.size()) || info.errors != 0) {
    return std::string(domain);
  }
  return std::string(buffer.data(), static_cast<size_t>(length));
}

}  // namespace posthorn::mail
