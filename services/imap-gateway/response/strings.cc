#include "imap-gateway/response/strings.h"

#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {
namespace {

// Some clients read a quoted string into a fixed buffer of a line.
constexpr std::size_t kMaxQuoted = 900;

bool IsQuotable(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet != 0 && octet < 0x80 && c != '\r' && c != '\n';
}

// UTF-8 that may stand between quotes (RFC 9051 9: QUOTED-CHAR).
bool IsQuotableUtf8(absl::string_view value) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(value.data());
  const auto length = static_cast<std::int32_t>(value.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(octets, at, length, c);
    if (c <= 0 || c == '\r' || c == '\n') {
      return false;
    }
  }
  return true;
}

bool IsQuotable(absl::string_view value, Quoted quoted) {
  if (value.size() > kMaxQuoted) {
    return false;
  }
  const bool seven_bit =
      std::all_of(value.begin(), value.end(), [](char c) { return IsQuotable(c); });
  return seven_bit || (quoted == Quoted::kUtf8 && IsQuotableUtf8(value));
}

}  // namespace

void AppendString(std::string& out, absl::string_view value, Quoted quoted) {
  if (IsQuotable(value, quoted)) {
    out.push_back('"');
    for (const char c : value) {
      if (c == '"' || c == '\\') {
        out.push_back('\\');
      }
      out.push_back(c);
    }
    out.push_back('"');
    return;
  }
  absl::StrAppend(&out, "{", value.size(), "}\r\n");
  const std::size_t start = out.size();
  absl::StrAppend(&out, value);
  std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), '\0', '\x80');
}

void AppendNstring(std::string& out, const std::optional<absl::string_view>& value) {
  if (value) {
    AppendString(out, *value);
  } else {
    out.append("NIL");
  }
}

void AppendAstring(std::string& out, absl::string_view value, Quoted quoted) {
  const bool atom = !value.empty() && !absl::EqualsIgnoreCase(value, "NIL") &&
                    std::all_of(value.begin(), value.end(), IsAtomChar);
  if (atom) {
    absl::StrAppend(&out, value);
  } else {
    AppendString(out, value, quoted);
  }
}

void AppendMailbox(std::string& out, absl::string_view canonical, NameEncoding encoding) {
  const bool utf8 = encoding == NameEncoding::kUtf8;
  AppendAstring(out, EncodeMailboxName(canonical, encoding),
                utf8 ? Quoted::kUtf8 : Quoted::kSevenBit);
}

void AppendText(std::string& out, absl::string_view value) {
  for (const char c : value) {
    out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
}

void AppendUtf8Text(std::string& out, absl::string_view value) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(value.data());
  const auto length = static_cast<std::int32_t>(value.size());
  for (std::int32_t at = 0; at < length;) {
    const std::int32_t start = at;
    UChar32 c = 0;
    U8_NEXT(octets, at, length, c);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '[') {
      out.push_back('?');
    } else {
      absl::StrAppend(&out, value.substr(static_cast<std::size_t>(start),
                                         static_cast<std::size_t>(at - start)));
    }
  }
}

}  // namespace posthorn::imap
