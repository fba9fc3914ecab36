// The DNS records of a mail domain, as a piece of a zone file.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::mailctl {

// A TXT record in a zone file (RFC 1035 5.1): quoted strings of at most 255 octets, in brackets
// over lines if there are more than one. The name is absolute, without its final dot.
std::string TxtRecord(absl::string_view name, absl::string_view text);

// Records of a key of a domain.
std::string DkimTxtRecord(const v1::DkimKey& key);

// All that `domain` should publish when the host receives its mail: MX, SPF, DKIM of each key,
// DMARC, MTA-STS with its policy in comments (RFC 8461), TLS reports (RFC 8460), and what clients
// find their servers by (RFC 6186, RFC 8314). Pure.
std::string DnsZone(absl::string_view domain, absl::string_view host,
                    absl::Span<const v1::DkimKey> keys);

}  // namespace posthorn::mailctl
