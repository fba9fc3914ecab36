#include "smtp-gateway/parser/parameters.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "smtp-gateway/parser/command_line.h"

namespace posthorn::smtp {
namespace {

bool IsKeywordStart(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool IsKeywordChar(char c) { return IsKeywordStart(c) || c == '-'; }

// RFC 5321 4.1.2: esmtp-value = 1*(%d33-60 / %d62-126); RFC 6531 3.4 adds UTF8-non-ascii.
bool IsValueChar(char c) {
  const auto octet = static_cast<unsigned char>(c);
  return octet > 0x20 && octet != 0x7f && octet != '=';
}

template <typename Predicate>
size_t Span(std::string_view text, Predicate matches) {
  size_t n = 0;
  while (n < text.size() && matches(text[n])) ++n;
  return n;
}

bool Contains(const std::vector<Parameter>& parameters, std::string_view keyword) {
  for (const Parameter& parameter : parameters) {
    if (EqualsIgnoreCase(parameter.keyword, keyword)) {
      return true;
    }
  }
  return false;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool ParseParameters(std::string_view text, std::vector<Parameter>* parameters) {
  parameters->clear();
  while (true) {
    text.remove_prefix(Span(text, [](char c) { return c == ' '; }));
    if (text.empty()) {
      return true;
    }
    if (parameters->size() == kMaxParameters || !IsKeywordStart(text.front())) {
      return false;
    }
    Parameter parameter;
    parameter.keyword = text.substr(0, Span(text, IsKeywordChar));
    text.remove_prefix(parameter.keyword.size());
    if (!text.empty() && text.front() == '=') {
      text.remove_prefix(1);
      parameter.value = text.substr(0, Span(text, IsValueChar));
      text.remove_prefix(parameter.value->size());
      if (parameter.value->empty()) {
        return false;
      }
    }
    if ((!text.empty() && text.front() != ' ') || Contains(*parameters, parameter.keyword)) {
      return false;
    }
    parameters->push_back(parameter);
  }
}

std::optional<std::string> DecodeXtext(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    int octet = static_cast<unsigned char>(text[i]);
    if (octet == '+') {
      if (i + 2 >= text.size()) {
        return std::nullopt;
      }
      const int high = HexValue(text[i + 1]);
      const int low = HexValue(text[i + 2]);
      if (high < 0 || low < 0) {
        return std::nullopt;
      }
      octet = high * 16 + low;
      i += 2;
    } else if (octet == '=' || octet == ' ') {
      return std::nullopt;
    }
    if (octet < 0x20 || octet > 0x7e) {
      return std::nullopt;
    }
    decoded.push_back(static_cast<char>(octet));
  }
  return decoded;
}

std::optional<uint64_t> ParseOctetCount(std::string_view text) {
  if (text.empty() || text.size() > 20) {
    return std::nullopt;
  }
  uint64_t count = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    const auto digit = static_cast<uint64_t>(c - '0');
    if (count > (UINT64_MAX - digit) / 10) {
      return std::nullopt;
    }
    count = count * 10 + digit;
  }
  return count;
}

std::optional<std::string> DecodeBase64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const size_t digits = Span(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '/';
  });
  const std::string_view padding = text.substr(digits);
  if (!padding.empty() && padding != "=" && padding != "==") {
    return std::nullopt;
  }
  std::string decoded;
  if (!absl::Base64Unescape({text.data(), text.size()}, &decoded)) {
    return std::nullopt;
  }
  // Bits beyond the last octet must be zero, or two texts would stand for one value.
  if (absl::Base64Escape(decoded) != absl::string_view(text.data(), text.size())) {
    return std::nullopt;
  }
  return decoded;
}

}  // namespace posthorn::smtp
