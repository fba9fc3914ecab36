#include "smtp-gateway/relay/https_url.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthorn::relay {
namespace {

constexpr absl::string_view kScheme = "https://";

bool IsNameOctet(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_';
}

// Digits and dots alone would be an address.
bool IsHostName(absl::string_view host) {
  return std::all_of(host.begin(), host.end(), IsNameOctet) &&
         std::any_of(host.begin(), host.end(),
                     [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); });
}

}  // namespace

std::optional<HttpsUrl> ParseHttpsUrl(absl::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c));
  });
  if (text.size() > kMaxHttpsUrl || !printable || !absl::StartsWithIgnoreCase(text, kScheme)) {
    return std::nullopt;
  }
  text = text.substr(kScheme.size());
  text = text.substr(0, text.find('#'));
  const size_t end = std::min(text.find_first_of("/?"), text.size());
  absl::string_view authority = text.substr(0, end);
  HttpsUrl url;
  if (const size_t colon = authority.find(':'); colon != absl::string_view::npos) {
    const absl::string_view digits = authority.substr(colon + 1);
    uint32_t port = 443;
    const bool number = std::all_of(digits.begin(), digits.end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
    if (!number || (!digits.empty() && !absl::SimpleAtoi(digits, &port)) || port == 0 ||
        port > 65535) {
      return std::nullopt;
    }
    url.port = static_cast<uint16_t>(port);
    authority = authority.substr(0, colon);
  }
  if (!IsHostName(authority)) {
    return std::nullopt;
  }
  url.host = absl::AsciiStrToLower(authority);
  if (end < text.size()) {
    url.target = absl::StrCat(text[end] == '?' ? "/" : "", text.substr(end));
  }
  return url;
}

}  // namespace posthorn::relay
