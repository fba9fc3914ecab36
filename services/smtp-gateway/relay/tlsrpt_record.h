// The record by which a domain asks for reports of TLS sessions (RFC 8460 3). Pure.
#pragma once

#include <string>
#include <vector>

namespace posthorn::relay {

inline constexpr size_t kMaxReportAddresses = 5;

// The mail addresses, and the URIs of scheme https, of the one record among the TXT records of
// _smtp._tls.DOMAIN; none if there is no such record, or more than one. At most five.
std::vector<std::string> TlsReportAddresses(const std::vector<std::string>& texts);

}  // namespace posthorn::relay
