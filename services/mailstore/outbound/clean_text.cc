#include "mailstore/outbound/clean_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mail/mailbox_address.h"
#include "mail/utf8_text.h"

namespace posthorn::store {
namespace {

bool IsControl(int32_t c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

}  // namespace

std::string CleanText(absl::string_view text, size_t most) {
  std::string clean;
  text = text.substr(0, 4 * most);
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const auto c = mail::NextCodePoint(text, &i);
    const absl::string_view next = c < 0 ? "?" : IsControl(c) ? " " : text.substr(start, i - start);
    if (clean.size() + next.size() > most) {
      break;
    }
    clean.append(next.data(), next.size());
  }
  return clean;
}

bool IsCleanText(absl::string_view text, size_t most) {
  return text.size() <= most && CleanText(text, most) == text;
}

std::string CleanStatusCode(absl::string_view code, char status_class) {
  const std::vector<absl::string_view> parts = absl::StrSplit(code.substr(0, 10), '.');
  const auto is_number = [](absl::string_view part) {
    return !part.empty() && part.size() <= 3 &&
           std::all_of(part.begin(), part.end(), [](char c) { return absl::ascii_isdigit(c); });
  };
  if (code.size() > 9 || parts.size() != 3 || parts[0] != absl::string_view(&status_class, 1) ||
      !is_number(parts[1]) || !is_number(parts[2])) {
    return absl::StrCat(absl::string_view(&status_class, 1), ".0.0");
  }
  return std::string(code);
}

std::string DomainOf(absl::string_view address) {
  const size_t at = address.rfind('@');
  if (at == absl::string_view::npos) {
    return "";
  }
  const absl::string_view domain = address.substr(at + 1);
  if (!domain.empty() && domain.front() == '[') {
    return absl::AsciiStrToLower(domain);
  }
  return mail::NormalizeDomain(domain).value_or(absl::AsciiStrToLower(domain));
}

bool IsHttpsUri(absl::string_view forward_path) {
  return absl::StartsWithIgnoreCase(forward_path, "https:");
}

}  // namespace posthorn::store
