// Signing of mail with DKIM (RFC 6376, RFC 8301, RFC 8463): relaxed/relaxed, never with l=.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mail/dkim_body.h"    // IWYU pragma: export
#include "mail/dkim_header.h"  // IWYU pragma: export
#include "mail/dkim_key.h"     // IWYU pragma: export

namespace posthorn::mail {

// One signature; views need only live during the call. With several keys, sign once with each.
struct DkimSignRequest {
  absl::string_view header;     // of the message as it leaves; may go on behind its empty line
  absl::string_view body_hash;  // DkimBody::Finish
  absl::string_view domain;     // d=, A-labels
  absl::string_view selector;   // s=
  int64_t signed_at = 0;        // t=, Unix seconds
  int64_t valid_seconds = 0;    // x= is so much later; 0: no x=
};

// A whole "DKIM-Signature: ...\r\n" field to stand before the message, in lines of at most 78
// octets unless a domain or selector is longer. InvalidArgument as SelectSignedFields, or if domain
// or selector is no domain name; Internal if OpenSSL fails.
absl::StatusOr<std::string> DkimSign(const DkimSignRequest& request, const DkimKey& key);

}  // namespace posthorn::mail
