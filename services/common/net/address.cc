#include "common/net/address.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthorn::net {
namespace {

std::vector<unsigned char> OctetsOf(const IpAddress& address) {
  const IpAddress plain = Unmapped(address);
  if (plain.is_v4()) {
    const auto bytes = plain.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  const auto bytes = plain.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

bool SamePrefix(const std::vector<unsigned char>& a, const std::vector<unsigned char>& b,
                unsigned bits) {
  for (size_t i = 0; bits > 0; ++i) {
    const unsigned here = bits < 8 ? bits : 8;
    const auto mask = static_cast<unsigned char>(0xFF << (8 - here));
    if ((a[i] & mask) != (b[i] & mask)) {
      return false;
    }
    bits -= here;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::pair<std::string, std::string>> SplitHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon + 1 == text.size()) {
    return absl::InvalidArgumentError(absl::StrCat("not host:port: ", text));
  }
  absl::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat("an IPv6 address wants brackets: ", text));
  }
  return std::make_pair(std::string(host), std::string(text.substr(colon + 1)));
}

absl::StatusOr<Endpoint> ParseListenAddress(absl::string_view text) {
  auto parts = SplitHostPort(text);
  if (!parts.ok()) {
    return parts.status();
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(parts->second, &port) || port > 65535) {
    return absl::InvalidArgumentError(absl::StrCat("not a port: ", text));
  }
  boost::system::error_code error;
  const auto address =
      boost::asio::ip::make_address(parts->first.empty() ? "::" : parts->first, error);
  if (error) {
    return absl::InvalidArgumentError(absl::StrCat("not an IP address: ", text));
  }
  return Endpoint(address, static_cast<unsigned short>(port));
}

IpAddress Unmapped(const IpAddress& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  }
  return address;
}

absl::StatusOr<NetworkList> NetworkList::Parse(absl::string_view text) {
  NetworkList list;
  for (absl::string_view item : absl::StrSplit(text, absl::ByAnyChar(", "), absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('/', 1));
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(std::string(parts.first), error);
    if (error) {
      return absl::InvalidArgumentError(absl::StrCat("not a network: ", item));
    }
    Network network{OctetsOf(address), 0};
    network.prefix = static_cast<unsigned>(network.octets.size() * 8);
    if (!parts.second.empty()) {
      uint32_t bits = 0;
      if (!absl::SimpleAtoi(parts.second, &bits) || bits > network.prefix) {
        return absl::InvalidArgumentError(absl::StrCat("not a network: ", item));
      }
      network.prefix = bits;
    }
    list.networks_.push_back(std::move(network));
  }
  return list;
}

bool NetworkList::Contains(const IpAddress& address) const {
  const auto octets = OctetsOf(address);
  for (const Network& network : networks_) {
    if (network.octets.size() == octets.size() &&
        SamePrefix(network.octets, octets, network.prefix)) {
      return true;
    }
  }
  return false;
}

}  // namespace posthorn::net
