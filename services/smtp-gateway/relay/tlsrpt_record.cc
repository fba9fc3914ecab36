#include "smtp-gateway/relay/tlsrpt_record.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "mail/mailbox_address.h"
#include "smtp-gateway/relay/https_url.h"

namespace posthorn::relay {
namespace {

constexpr absl::string_view kMailto = "mailto:";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = absl::ascii_tolower(static_cast<unsigned char>(c));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 3986 2.1; what is no escape stays as it is.
std::string Unescape(absl::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

std::optional<std::string> AddressOf(absl::string_view uri) {
  if (ParseHttpsUrl(uri).has_value()) {
    return std::string(uri);
  }
  if (!absl::StartsWithIgnoreCase(uri, kMailto)) {
    return std::nullopt;
  }
  uri.remove_prefix(kMailto.size());
  const auto address = mail::ParseMailboxAddress(Unescape(uri.substr(0, uri.find('?'))));
  if (!address.ok() || address->domain.empty() || address->IsInternational()) {
    return std::nullopt;
  }
  // Receivers are kept with spaces between them; a quoted local part may have some.
  std::string text = address->ToString();
  return absl::StrContains(text, ' ') ? std::nullopt : std::optional(std::move(text));
}

// The value of rua; nothing if the text is no record.
std::optional<absl::string_view> ReceiversOf(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "v=TLSRPTv1")) {
    return std::nullopt;
  }
  text = absl::StripLeadingAsciiWhitespace(text);
  if (!absl::ConsumePrefix(&text, ";")) {
    return std::nullopt;
  }
  for (const absl::string_view field : absl::StrSplit(text, ';')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(field, absl::MaxSplits('=', 1));
    if (absl::StripAsciiWhitespace(parts.first) == "rua") {
      return parts.second;
    }
  }
  return absl::string_view();
}

}  // namespace

std::vector<std::string> TlsReportAddresses(const std::vector<std::string>& texts) {
  std::optional<absl::string_view> receivers;
  for (const std::string& text : texts) {
    if (const auto found = ReceiversOf(text); found.has_value()) {
      if (receivers.has_value()) {
        return {};
      }
      receivers = found;
    }
  }
  std::vector<std::string> addresses;
  for (const absl::string_view uri : absl::StrSplit(receivers.value_or(""), ',')) {
    auto address = AddressOf(absl::StripAsciiWhitespace(uri));
    if (address.has_value() && addresses.size() < kMaxReportAddresses) {
      addresses.push_back(*std::move(address));
    }
  }
  return addresses;
}

}  // namespace posthorn::relay
