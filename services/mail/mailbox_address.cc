#include "mail/mailbox_address.h"

#include <arpa/inet.h>

#include <array>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/charset.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxLocalPart = 64;  // RFC 5321 4.5.3.1.1
constexpr size_t kMaxAddress = 254;   // RFC 5321 4.5.3.1.3: a path of 256 with its brackets

// RFC 5322 3.2.3 atext, and RFC 6531 3.3: any UTF-8 beyond ASCII.
bool IsAtomChar(char c) {
  return absl::ascii_isalnum(c) || static_cast<unsigned char>(c) >= 0x80 ||
         absl::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != absl::string_view::npos;
}

bool IsDotString(absl::string_view text) {
  bool dot = true;  // none at the start
  for (const char c : text) {
    if (c == '.' ? dot : !IsAtomChar(c)) {
      return false;
    }
    dot = c == '.';
  }
  return !dot;
}

// Takes a Quoted-string off the front of *text.
absl::StatusOr<std::string> TakeQuotedString(absl::string_view* text) {
  std::string out;
  for (size_t i = 1; i < text->size(); ++i) {
    char c = (*text)[i];
    if (c == '"') {
      text->remove_prefix(i + 1);
      return out;
    }
    if (c == '\\') {
      // RFC 5321 4.1.2: quoted-pairSMTP = %d92 %d32-126
      ++i;
      if (i == text->size() || static_cast<unsigned char>((*text)[i]) >= 0x80) {
        break;
      }
      c = (*text)[i];
    }
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      break;
    }
    out.push_back(c);
  }
  return absl::InvalidArgumentError("local part has a malformed quoted string");
}

absl::StatusOr<std::string> TakeLocalPart(absl::string_view* text) {
  if (!text->empty() && text->front() == '"') {
    return TakeQuotedString(text);
  }
  const size_t at = text->find('@');
  const absl::string_view local = text->substr(0, at);
  if (!IsDotString(local)) {
    return absl::InvalidArgumentError("local part is not a dot-string");
  }
  text->remove_prefix(local.size());
  return std::string(local);
}

// RFC 5321 4.1.3: address literals, in one spelling each.
absl::StatusOr<std::string> NormalizeLiteral(absl::string_view literal) {
  absl::Status bad = absl::InvalidArgumentError("domain is a malformed address literal");
  if (literal.size() < 3 || literal.size() > 64 || literal.back() != ']') {
    return bad;
  }
  const std::string inside(literal.substr(1, literal.size() - 2));
  if (inside.find('\0') != std::string::npos) {
    return bad;
  }
  std::array<unsigned char, 16> binary;
  if (absl::StartsWithIgnoreCase(inside, "IPv6:")) {
    std::array<char, INET6_ADDRSTRLEN> text;
    if (inet_pton(AF_INET6, inside.c_str() + 5, binary.data()) != 1 ||
        inet_ntop(AF_INET6, binary.data(), text.data(), text.size()) == nullptr) {
      return bad;
    }
    return absl::StrCat("[IPv6:", text.data(), "]");
  }
  if (inet_pton(AF_INET, inside.c_str(), binary.data()) != 1) {
    return bad;
  }
  return std::string(literal);
}

}  // namespace

bool MailboxAddress::IsInternational() const {
  for (const char c : local_part) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return true;
    }
  }
  return false;
}

std::string MailboxAddress::ToString() const {
  std::string out;
  if (IsDotString(local_part)) {
    out = local_part;
  } else {
    out.push_back('"');
    for (const char c : local_part) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
      }
      out.push_back(c);
    }
    out.push_back('"');
  }
  if (!domain.empty()) {
    absl::StrAppend(&out, "@", domain);
  }
  return out;
}

std::string MailboxAddress::LookupKey() const {
  std::string key = FoldName(local_part);
  if (!domain.empty()) {
    absl::StrAppend(&key, "@", domain);
  }
  return key;
}

absl::StatusOr<MailboxAddress> ParseMailboxAddress(absl::string_view text) {
  if (text.size() > kMaxAddress) {
    return absl::OutOfRangeError("address is longer than 254 octets");
  }
  if (!IsValidUtf8(text)) {
    return absl::InvalidArgumentError("address is not valid UTF-8");
  }
  absl::StatusOr<std::string> local = TakeLocalPart(&text);
  if (!local.ok()) {
    return local.status();
  }
  MailboxAddress address;
  // RFC 6531 3.3 leaves normal forms to the delivering server; NFC makes equal looks equal.
  address.local_part = NormalizeNfc(*local);
  if (address.local_part.size() > kMaxLocalPart) {
    return absl::OutOfRangeError("local part is longer than 64 octets");
  }
  if (text.empty()) {
    // RFC 5321 4.1.1.3: <Postmaster> alone stands without a domain.
    if (absl::EqualsIgnoreCase(address.local_part, "postmaster")) {
      return address;
    }
    return absl::InvalidArgumentError("address has no domain");
  }
  if (text.front() != '@') {
    return absl::InvalidArgumentError("local part is followed by neither \"@\" nor the end");
  }
  text.remove_prefix(1);
  absl::StatusOr<std::string> domain =
      absl::StartsWith(text, "[") ? NormalizeLiteral(text) : NormalizeDomain(text);
  if (!domain.ok()) {
    return domain.status();
  }
  address.domain = *std::move(domain);
  return address;
}

SubAddress SplitSubAddress(absl::string_view local_part, char separator) {
  const size_t at = local_part.find(separator);
  if (at == absl::string_view::npos || at == 0) {
    return {.user = local_part, .detail = {}};
  }
  return {.user = local_part.substr(0, at), .detail = local_part.substr(at + 1)};
}

}  // namespace posthorn::mail
