#include "mail/srs.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::mail {
namespace {

constexpr absl::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr size_t kHashChars = 6;
constexpr size_t kDayChars = 2;
constexpr int64_t kDays = 1024;          // what two characters count
constexpr size_t kMaxLocalPart = 64;     // RFC 5321 4.5.3.1.1
constexpr int64_t kDaysOfClockSkew = 1;  // between the gateways of one system

// The hash of what follows it in the local part. Letters count in lower case, since relays may
// change their case.
std::string Hash(absl::string_view key, absl::string_view scheme, absl::string_view rest) {
  const std::string input = absl::StrCat(scheme, "=", absl::AsciiStrToLower(rest));
  std::array<unsigned char, 32> digest;
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(input.data()), input.size(), digest.data(),
           &size) == nullptr) {
    std::fprintf(stderr, "posthorn: OpenSSL failed: HMAC-SHA256\n");
    std::abort();
  }
  std::string hash;
  for (size_t i = 0; i < kHashChars; ++i) {
    hash.push_back(kBase32[digest[i] % kBase32.size()]);
  }
  return hash;
}

bool AnyKeyMade(absl::Span<const std::string> keys, absl::string_view scheme,
                absl::string_view hash, absl::string_view rest) {
  const std::string given = absl::AsciiStrToUpper(hash);
  bool made = false;
  for (const std::string& key : keys) {
    const std::string expected = Hash(key, scheme, rest);
    made |= CRYPTO_memcmp(expected.data(), given.data(), kHashChars) == 0;
  }
  return made;
}

std::string EncodeDay(int64_t day) {
  const auto part = static_cast<size_t>(((day % kDays) + kDays) % kDays);
  return {kBase32[part / kBase32.size()], kBase32[part % kBase32.size()]};
}

std::optional<int64_t> DecodeDay(absl::string_view text) {
  int64_t day = 0;
  for (const char c : text) {
    const size_t value = kBase32.find(absl::ascii_toupper(c));
    if (value == absl::string_view::npos) {
      return std::nullopt;
    }
    day = day * static_cast<int64_t>(kBase32.size()) + static_cast<int64_t>(value);
  }
  return day;
}

// Whether the text is `scheme` and one of the separators that forwarders use.
bool HasScheme(absl::string_view local_part, absl::string_view scheme) {
  return local_part.size() > scheme.size() && absl::StartsWithIgnoreCase(local_part, scheme) &&
         absl::StrContains("=+-", local_part[scheme.size()]);
}

// Takes the text up to the next "=", which goes too.
std::optional<absl::string_view> TakeItem(absl::string_view* text) {
  const size_t end = text->find('=');
  if (end == absl::string_view::npos) {
    return std::nullopt;
  }
  const absl::string_view item = text->substr(0, end);
  text->remove_prefix(end + 1);
  return item;
}

absl::StatusOr<MailboxAddress> Checked(absl::string_view local_part, absl::string_view domain) {
  const MailboxAddress address = {.local_part = std::string(local_part),
                                  .domain = std::string(domain)};
  return ParseMailboxAddress(address.ToString());
}

absl::Status NoneOfOurs() {
  return absl::InvalidArgumentError("the local part is no rewritten address");
}

}  // namespace

bool IsSrsLocalPart(absl::string_view local_part) {
  return HasScheme(local_part, "SRS0") || HasScheme(local_part, "SRS1");
}

absl::StatusOr<MailboxAddress> SrsForward(const MailboxAddress& reverse_path,
                                          absl::string_view our_domain,
                                          absl::Span<const std::string> keys, int64_t day) {
  if (reverse_path.domain.empty() || keys.empty()) {
    return absl::InvalidArgumentError("only an address with a domain is rewritten, with a key");
  }
  const absl::string_view local_part = reverse_path.local_part;
  absl::string_view scheme = "SRS1";
  std::string rest;
  if (HasScheme(local_part, "SRS0")) {
    // The first forwarder gets it back with its own separator: "=HASH=DD=...".
    rest = absl::StrCat(reverse_path.domain, "=", local_part.substr(4));
  } else if (HasScheme(local_part, "SRS1") && absl::StrContains(local_part.substr(5), '=')) {
    // Only the second forwarder's hash is replaced: the way back leads to the first one directly.
    rest = std::string(local_part.substr(local_part.find('=', 5) + 1));
  } else {
    scheme = "SRS0";
    rest = absl::StrCat(EncodeDay(day), "=", reverse_path.domain, "=", local_part);
  }
  const MailboxAddress rewritten = {
      .local_part = absl::StrCat(scheme, "=", Hash(keys.front(), scheme, rest), "=", rest),
      .domain = std::string(our_domain)};
  if (rewritten.local_part.size() > kMaxLocalPart) {
    return absl::OutOfRangeError("the rewritten local part is longer than 64 octets");
  }
  absl::StatusOr<MailboxAddress> parsed = ParseMailboxAddress(rewritten.ToString());
  if (parsed.ok() && parsed->local_part != rewritten.local_part) {
    return absl::InvalidArgumentError("normalized, the rewritten local part loses a separator");
  }
  return parsed;
}

absl::StatusOr<MailboxAddress> SrsReverse(absl::string_view local_part,
                                          absl::Span<const std::string> keys, int64_t day) {
  if (!IsSrsLocalPart(local_part)) {
    return NoneOfOurs();
  }
  const absl::string_view scheme = local_part[3] == '0' ? "SRS0" : "SRS1";
  absl::string_view rest = local_part.substr(5);
  const std::optional<absl::string_view> hash = TakeItem(&rest);
  if (!hash.has_value() || hash->size() != kHashChars) {
    return NoneOfOurs();
  }
  if (!AnyKeyMade(keys, scheme, *hash, rest)) {
    return absl::PermissionDeniedError("the rewritten address is forged");
  }
  if (scheme == "SRS1") {
    const std::optional<absl::string_view> domain = TakeItem(&rest);
    return domain.has_value() ? Checked(absl::StrCat("SRS0", rest), *domain) : NoneOfOurs();
  }
  const std::optional<absl::string_view> made_on = TakeItem(&rest);
  const std::optional<absl::string_view> domain = TakeItem(&rest);
  if (!domain.has_value() || made_on->size() != kDayChars) {
    return NoneOfOurs();
  }
  const std::optional<int64_t> made_day = DecodeDay(*made_on);
  if (!made_day.has_value()) {
    return NoneOfOurs();
  }
  const int64_t age = (((day - *made_day) % kDays) + kDays) % kDays;
  if (age > kSrsValidDays && age < kDays - kDaysOfClockSkew) {
    return absl::DeadlineExceededError("the rewritten address is too old");
  }
  return Checked(rest, *domain);
}

}  // namespace posthorn::mail
