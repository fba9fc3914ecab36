#include "imap-gateway/response/strings.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {
namespace {

// Some clients read a quoted string into a fixed buffer of a line.
constexpr std::size_t kMaxQuoted = 900;

bool IsQuotable(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet != 0 && octet < 0x80 && c != '\r' && c != '\n';
}

}  // namespace

void AppendString(std::string& out, absl::string_view value) {
  if (value.size() <= kMaxQuoted && std::all_of(value.begin(), value.end(), IsQuotable)) {
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

void AppendAstring(std::string& out, absl::string_view value) {
  const bool atom = !value.empty() && !absl::EqualsIgnoreCase(value, "NIL") &&
                    std::all_of(value.begin(), value.end(), IsAtomChar);
  if (atom) {
    absl::StrAppend(&out, value);
  } else {
    AppendString(out, value);
  }
}

void AppendMailbox(std::string& out, absl::string_view canonical) {
  AppendAstring(out, EncodeModifiedUtf7(canonical));
}

void AppendText(std::string& out, absl::string_view value) {
  for (const char c : value) {
    out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
}

}  // namespace posthorn::imap
