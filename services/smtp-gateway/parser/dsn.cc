#include "smtp-gateway/parser/dsn.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "mail/mailbox_address.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/parameters.h"

namespace posthorn::smtp {
namespace {

constexpr size_t kMaxEnvelopeId = 100;         // RFC 3461 4.4
constexpr size_t kMaxOriginalRecipient = 500;  // RFC 3461 4.2

// RFC 5321 4.1.2 atext.
bool IsAtom(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

void AppendUtf8(uint32_t point, std::string* out) {
  const auto tail = [&](int shift) {
    out->push_back(static_cast<char>(0x80 | (point >> shift & 0x3f)));
  };
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out->push_back(static_cast<char>(0xc0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out->push_back(static_cast<char>(0xe0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    out->push_back(static_cast<char>(0xf0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

// The code point of HEXPOINT (RFC 6533 3), without those that are control characters and those that
// need no escape.
std::optional<uint32_t> ParseHexPoint(std::string_view digits) {
  if (digits.size() < 2 || digits.size() > 6 || digits.front() == '0') {
    return std::nullopt;
  }
  uint32_t point = 0;
  for (const char c : digits) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'A' || c > 'F')) {
      return std::nullopt;
    }
    point = point * 16 + static_cast<uint32_t>(decimal ? c - '0' : c - 'A' + 10);
  }
  const bool special = point == ' ' || point == '+' || point == '=' || point == '\\';
  const bool beyond = point >= 0xa0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return special || beyond ? std::optional<uint32_t>(point) : std::nullopt;
}

// RFC 6533 3: utf-8-enc-addr, either of its forms.
std::optional<std::string> DecodeUtf8Address(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text.front());
    if (octet == '\\') {
      const size_t end = text.find('}');
      if (!text.starts_with("\\x{") || end == std::string_view::npos) {
        return std::nullopt;
      }
      const auto point = ParseHexPoint(text.substr(3, end - 3));
      if (!point) {
        return std::nullopt;
      }
      AppendUtf8(*point, &decoded);
      text.remove_prefix(end + 1);
      continue;
    }
    if (octet <= ' ' || octet == 0x7f || octet == '+' || octet == '=') {
      return std::nullopt;
    }
    decoded.push_back(text.front());
    text.remove_prefix(1);
  }
  return decoded;
}

}  // namespace

std::optional<NotifyList> ParseNotify(std::string_view value) {
  NotifyList list;
  if (EqualsIgnoreCase(value, "NEVER")) {
    list.never = true;
    return list;
  }
  while (true) {
    const size_t comma = value.find(',');
    const std::string_view word = value.substr(0, comma);
    bool* named = EqualsIgnoreCase(word, "SUCCESS")   ? &list.success
                  : EqualsIgnoreCase(word, "FAILURE") ? &list.failure
                  : EqualsIgnoreCase(word, "DELAY")   ? &list.delay
                                                      : nullptr;
    if (named == nullptr || *named) {
      return std::nullopt;
    }
    *named = true;
    if (comma == std::string_view::npos) {
      return list;
    }
    value.remove_prefix(comma + 1);
  }
}

std::optional<std::string> ParseEnvelopeId(std::string_view value) {
  if (value.size() > kMaxEnvelopeId) {
    return std::nullopt;
  }
  auto decoded = DecodeXtext(value);
  return decoded && !decoded->empty() ? decoded : std::nullopt;
}

std::optional<std::string> ParseOriginalRecipient(std::string_view value) {
  const size_t semicolon = value.find(';');
  if (value.size() > kMaxOriginalRecipient || semicolon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view type = value.substr(0, semicolon);
  const std::string_view address = value.substr(semicolon + 1);
  const bool utf8 = EqualsIgnoreCase(type, "utf-8");
  const auto decoded = utf8 ? DecodeUtf8Address(address) : DecodeXtext(address);
  if (!IsAtom(type) || !decoded || decoded->empty()) {
    return std::nullopt;
  }
  // RFC 6533 3: what it stands for must be a mailbox, and so be valid UTF-8.
  if (utf8 && !mail::ParseMailboxAddress(*decoded).ok()) {
    return std::nullopt;
  }
  std::string result = absl::AsciiStrToLower(absl::string_view(type.data(), type.size()));
  result.push_back(';');
  result.append(*decoded);
  return result;
}

}  // namespace posthorn::smtp
