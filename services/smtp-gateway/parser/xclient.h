// The arguments of XCLIENT (postfix.org/XCLIENT_README.html): for whom a filter or a test speaks.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn::smtp {

// What is absent, or [UNAVAILABLE] or [TEMPUNAVAIL], stays as it is.
struct XclientAttributes {
  std::optional<boost::asio::ip::address> address;              // ADDR
  std::optional<uint16_t> port;                                 // PORT
  std::optional<boost::asio::ip::address> destination_address;  // DESTADDR
  std::optional<uint16_t> destination_port;                     // DESTPORT
  std::optional<std::string> hello;                             // HELO
  std::optional<bool> extended;                                 // PROTO: ESMTP rather than SMTP
};

// Attributes with their values in xtext, each once; NAME is read and not kept. Nothing on a syntax
// error or another attribute: a LOGIN cannot be taken over, for it needs mailstore's word.
std::optional<XclientAttributes> ParseXclient(std::string_view arguments);

}  // namespace posthorn::smtp
