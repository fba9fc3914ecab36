#include "mail/report_text.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "mail/lexer.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxLine = 78;
constexpr size_t kMaxAddress = 600;  // more than RFC 5321 4.5.3.1.3 allows, \x{...} included
constexpr size_t kMaxAddressType = 63;
constexpr absl::string_view kUnitextStart = "\\x{";

// Words from `column` on; a line that becomes too long is broken by `line_break`, which ends in a
// line of `indent` octets.
void AppendWords(absl::string_view text, absl::string_view line_break, size_t indent, size_t column,
                 std::string* out) {
  bool first = true;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!first && column + 1 + word.size() > kMaxLine) {
      absl::StrAppend(out, line_break);
      column = indent;
    } else if (!first) {
      out->push_back(' ');
      ++column;
    }
    absl::StrAppend(out, word);
    column += word.size();
    first = false;
  }
}

// RFC 3461 4.2: an atom; that of the longest registered name and more.
bool IsAddressType(absl::string_view type) {
  return !type.empty() && type.size() <= kMaxAddressType &&
         std::all_of(type.begin(), type.end(), IsTokenChar);
}

// RFC 6533 3, utf-8-addr-xtext: what is no QCHAR as "\x{HEXPOINT}".
std::string ToUnitext(absl::string_view address) {
  std::string out;
  size_t at = 0;
  while (at < address.size()) {
    const UChar32 c = NextCodePoint(address, &at);
    if (c > 0x7e || c == ' ' || c == '\\' || c == '+' || c == '=') {
      absl::StrAppendFormat(&out, "\\x{%02X}", static_cast<uint32_t>(c));
    } else {
      out.push_back(static_cast<char>(c));
    }
  }
  return out;
}

// The reverse; an address that is not of that form stays as it is.
std::string FromUnitext(absl::string_view address) {
  std::string out;
  absl::string_view rest = address;
  while (!rest.empty()) {
    if (!absl::StartsWith(rest, kUnitextStart)) {
      out.push_back(rest.front());
      rest.remove_prefix(1);
      continue;
    }
    const absl::string_view hex = rest.substr(3, rest.find('}') - 3);
    uint32_t c = 0;
    if (rest.find('}') == absl::string_view::npos || hex.size() < 2 || hex.size() > 6 ||
        !absl::SimpleHexAtoi(hex, &c) || !absl::ascii_isxdigit(hex[1]) || c > 0x10ffff) {
      return std::string(address);
    }
    AppendCodePoint(static_cast<UChar32>(c), &out);
    rest.remove_prefix(3 + hex.size() + 1);
  }
  return out;
}

std::string WithType(absl::string_view type, absl::string_view address, bool utf8) {
  if (!absl::EqualsIgnoreCase(type, "utf-8")) {
    return absl::StrCat(type, "; ", CleanReportText(address, utf8, kMaxAddress));
  }
  const std::string plain = CleanReportText(FromUnitext(address), true, kMaxAddress);
  if (utf8) {
    return absl::StrCat("utf-8; ", plain);
  }
  return absl::StrCat("utf-8; ", CleanReportText(ToUnitext(plain), false, kMaxAddress));
}

}  // namespace

std::string CleanReportText(absl::string_view text, bool utf8, size_t max_octets) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t start = at;
    const UChar32 c = NextCodePoint(text, &at);
    const size_t before = out.size();
    if (c >= 0 && (c < 0x20 || (c >= 0x7f && c < 0xa0))) {
      out.push_back(' ');
    } else if (c < 0 || (c > 0x7f && !utf8)) {
      out.push_back('?');
    } else {
      absl::StrAppend(&out, text.substr(start, at - start));
    }
    if (out.size() > max_octets) {
      out.resize(before);
      break;
    }
  }
  return out;
}

void AppendReportField(absl::string_view name, absl::string_view value, bool fold,
                       std::string* out) {
  absl::StrAppend(out, name, ": ");
  if (fold) {
    AppendWords(value, "\r\n ", 1, name.size() + 2, out);
  } else {
    absl::StrAppend(out, value);
  }
  absl::StrAppend(out, "\r\n");
}

void AppendReportLines(absl::string_view text, absl::string_view indent, std::string* out) {
  absl::StrAppend(out, indent);
  AppendWords(text, absl::StrCat("\r\n", indent), indent.size(), indent.size(), out);
  absl::StrAppend(out, "\r\n");
}

std::string ReportAddress(absl::string_view address, bool utf8) {
  const bool ascii = AsciiPrefix(address) == address.size();
  if (ascii) {
    return WithType("rfc822", address, utf8);
  }
  // As it is, without reading escapes: none was asked for in a forward-path.
  const std::string plain = CleanReportText(address, true, kMaxAddress);
  return utf8 ? absl::StrCat("utf-8; ", plain)
              : absl::StrCat("utf-8; ", CleanReportText(ToUnitext(plain), false, kMaxAddress));
}

std::string ReportTypedAddress(absl::string_view typed, bool utf8) {
  const size_t semicolon = typed.find(';');
  const absl::string_view type = typed.substr(0, semicolon);
  if (semicolon == absl::string_view::npos || !IsAddressType(type)) {
    return ReportAddress(typed, utf8);
  }
  return WithType(type, absl::StripLeadingAsciiWhitespace(typed.substr(semicolon + 1)), utf8);
}

}  // namespace posthorn::mail
