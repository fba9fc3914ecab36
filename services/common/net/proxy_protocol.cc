#include "common/net/proxy_protocol.h"

#include <array>
#include <cstring>

namespace posthorn::net {
namespace {

constexpr absl::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

unsigned Octet(absl::string_view text, size_t at) { return static_cast<unsigned char>(text[at]); }

unsigned short Port(absl::string_view text, size_t at) {
  return static_cast<unsigned short>(Octet(text, at) << 8 | Octet(text, at + 1));
}

template <class Address>
Address AddressAt(absl::string_view text, size_t at) {
  typename Address::bytes_type bytes;
  std::memcpy(bytes.data(), text.data() + at, bytes.size());
  return Address(bytes);
}

}  // namespace

absl::StatusOr<size_t> ProxyHeaderSize(absl::string_view prefix) {
  if (prefix.size() < kProxyPrefix || prefix.substr(0, 12) != kSignature ||
      Octet(prefix, 12) >> 4 != 2) {
    return absl::InvalidArgumentError("no PROXY v2 header");
  }
  const size_t size = kProxyPrefix + Port(prefix, 14);
  if (size > kProxyLimit) {
    return absl::InvalidArgumentError("PROXY header too long");
  }
  return size;
}

absl::StatusOr<ProxyHeader> ParseProxyHeader(absl::string_view header) {
  const auto size = ProxyHeaderSize(header);
  if (!size.ok()) {
    return size.status();
  }
  if (header.size() < *size) {
    return absl::InvalidArgumentError("PROXY header cut short");
  }
  ProxyHeader result;
  result.size = *size;
  const unsigned command = Octet(header, 12) & 0xF;
  const unsigned family = Octet(header, 13);
  if (command > 1) {
    return absl::InvalidArgumentError("unknown PROXY command");
  }
  if (command == 0) {
    return result;
  }
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  if (family == 0x11 && *size >= kProxyPrefix + 12) {
    result.source.emplace(AddressAt<address_v4>(header, 16), Port(header, 24));
    result.destination.emplace(AddressAt<address_v4>(header, 20), Port(header, 26));
  } else if (family == 0x21 && *size >= kProxyPrefix + 36) {
    result.source.emplace(AddressAt<address_v6>(header, 16), Port(header, 48));
    result.destination.emplace(AddressAt<address_v6>(header, 32), Port(header, 50));
  }
  return result;
}

}  // namespace posthorn::net
