#include "smtp-gateway/parser/xclient.h"

#include <vector>

#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/hello.h"
#include "smtp-gateway/parser/parameters.h"

namespace posthorn::smtp {
namespace {

namespace ip = boost::asio::ip;

bool TakeAddress(std::string_view value, std::optional<ip::address>* address) {
  const bool v6 = value.size() > 5 && EqualsIgnoreCase(value.substr(0, 5), "IPV6:");
  boost::system::error_code error;
  *address = ip::make_address(std::string(value.substr(v6 ? 5 : 0)), error);
  return !error && (*address)->is_v6() == v6;
}

bool TakePort(std::string_view value, std::optional<uint16_t>* port) {
  const auto number = ParseOctetCount(value);
  if (!number || *number > 65'535) {
    return false;
  }
  *port = static_cast<uint16_t>(*number);
  return true;
}

bool TakeAttribute(std::string_view keyword, const std::string& value,
                   XclientAttributes* attributes) {
  const bool absent =
      EqualsIgnoreCase(value, "[UNAVAILABLE]") || EqualsIgnoreCase(value, "[TEMPUNAVAIL]");
  if (EqualsIgnoreCase(keyword, "NAME")) {
    return true;
  }
  if (EqualsIgnoreCase(keyword, "LOGIN")) {
    return absent;
  }
  if (EqualsIgnoreCase(keyword, "ADDR")) {
    return absent || TakeAddress(value, &attributes->address);
  }
  if (EqualsIgnoreCase(keyword, "PORT")) {
    return absent || TakePort(value, &attributes->port);
  }
  if (EqualsIgnoreCase(keyword, "DESTADDR")) {
    return absent || TakeAddress(value, &attributes->destination_address);
  }
  if (EqualsIgnoreCase(keyword, "DESTPORT")) {
    return absent || TakePort(value, &attributes->destination_port);
  }
  if (EqualsIgnoreCase(keyword, "HELO")) {
    attributes->hello = absent ? std::nullopt : std::optional<std::string>(value);
    return absent || IsAcceptableHelloName(value);
  }
  if (EqualsIgnoreCase(keyword, "PROTO")) {
    attributes->extended = EqualsIgnoreCase(value, "ESMTP");
    return *attributes->extended || EqualsIgnoreCase(value, "SMTP");
  }
  return false;
}

}  // namespace

std::optional<XclientAttributes> ParseXclient(std::string_view arguments) {
  std::vector<Parameter> parameters;
  if (!ParseParameters(arguments, &parameters) || parameters.empty()) {
    return std::nullopt;
  }
  XclientAttributes attributes;
  for (const Parameter& parameter : parameters) {
    const auto value = parameter.value ? DecodeXtext(*parameter.value) : std::nullopt;
    if (!value || !TakeAttribute(parameter.keyword, *value, &attributes)) {
      return std::nullopt;
    }
  }
  return attributes;
}

}  // namespace posthorn::smtp
