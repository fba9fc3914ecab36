#include "smtp-gateway/dns/records.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace posthorn::dns {
namespace {

constexpr size_t kMaxName = 255;  // RFC 1035 2.3.4
constexpr size_t kMaxLabel = 63;
constexpr size_t kTlsaParameters = 3;

absl::Status Malformed(const char* what) { return absl::InvalidArgumentError(what); }

}  // namespace

absl::StatusOr<std::string> ParseName(absl::string_view rdata) {
  std::string name;
  if (rdata.empty() || rdata.size() > kMaxName) {
    return Malformed("not a name");
  }
  while (!rdata.empty()) {
    const auto length = static_cast<unsigned char>(rdata.front());
    rdata.remove_prefix(1);
    if (length == 0) {
      return rdata.empty() ? absl::StatusOr<std::string>(std::move(name)) : Malformed("not a name");
    }
    if (length > kMaxLabel || length > rdata.size()) {
      return Malformed("not a name");
    }
    const absl::string_view label = rdata.substr(0, length);
    for (const char c : label) {
      if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') {
        return Malformed("a name with other than letters, digits and hyphens");
      }
    }
    absl::StrAppend(&name, name.empty() ? "" : ".", absl::AsciiStrToLower(label));
    rdata.remove_prefix(length);
  }
  return Malformed("a name without an end");
}

absl::StatusOr<Mx> ParseMx(absl::string_view rdata) {
  if (rdata.size() < 3) {
    return Malformed("MX record too short");
  }
  absl::StatusOr<std::string> exchange = ParseName(rdata.substr(2));
  if (!exchange.ok()) {
    return exchange.status();
  }
  const auto high = static_cast<unsigned char>(rdata[0]);
  const auto low = static_cast<unsigned char>(rdata[1]);
  return Mx{static_cast<uint16_t>(high << 8 | low), *std::move(exchange)};
}

absl::StatusOr<net::IpAddress> ParseAddress(absl::string_view rdata) {
  if (rdata.size() == 4) {
    boost::asio::ip::address_v4::bytes_type octets;
    std::copy_n(rdata.begin(), octets.size(), octets.begin());
    return net::IpAddress(boost::asio::ip::address_v4(octets));
  }
  if (rdata.size() == 16) {
    boost::asio::ip::address_v6::bytes_type octets;
    std::copy_n(rdata.begin(), octets.size(), octets.begin());
    return net::Unmapped(boost::asio::ip::address_v6(octets));
  }
  return Malformed("not an address");
}

absl::StatusOr<net::Tlsa> ParseTlsa(absl::string_view rdata) {
  if (rdata.size() <= kTlsaParameters) {
    return Malformed("TLSA record too short");
  }
  return net::Tlsa{static_cast<uint8_t>(rdata[0]), static_cast<uint8_t>(rdata[1]),
                   static_cast<uint8_t>(rdata[2]), std::string(rdata.substr(kTlsaParameters))};
}

absl::StatusOr<std::string> ParseText(absl::string_view rdata) {
  std::string text;
  while (!rdata.empty()) {
    const auto length = static_cast<unsigned char>(rdata.front());
    rdata.remove_prefix(1);
    if (length > rdata.size()) {
      return Malformed("TXT record too short");
    }
    absl::StrAppend(&text, rdata.substr(0, length));
    rdata.remove_prefix(length);
  }
  return text;
}

}  // namespace posthorn::dns
