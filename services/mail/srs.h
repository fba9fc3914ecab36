// The Sender Rewriting Scheme: the reverse-path of forwarded mail in the forwarder's own domain, so
// that SPF holds at the next hop, and the way back for its notifications.
//
//   alice@example.org          SRS0=HASHHH=DD=example.org=alice@our.example
//   SRS0=...@first.example     SRS1=HASHHH=first.example==...@our.example
//   SRS1=...=first.example==...@second.example
//                              SRS1=HASHHH=first.example==...@our.example
//
// HASHHH is a keyed hash, six characters of base32; DD the day modulo 1024. Both compare in any
// case, since relays may change it.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "mail/mailbox_address.h"

namespace posthorn::mail {

// How long notifications find back, in days.
inline constexpr int kSrsValidDays = 21;

// Whether a local part has the form of a rewritten address, whoever made it.
bool IsSrsLocalPart(absl::string_view local_part);

// The address in `our_domain` for `reverse_path`, made with the first key. `day` counts days since
// 1970. OutOfRange if the local part would exceed 64 octets (RFC 5321 4.5.3.1.1): the caller then
// forwards under an address of its own, or without rewriting. InvalidArgument for an address
// without domain, without keys, or whose local part begins with a combining character that would
// melt into the "=" before it (NFC).
absl::StatusOr<MailboxAddress> SrsForward(const MailboxAddress& reverse_path,
                                          absl::string_view our_domain,
                                          absl::Span<const std::string> keys, int64_t day);

// The address one step back, of a local part (unquoted) in our domain: the original one of SRS0, of
// SRS1 the SRS0 address of the first forwarder. Any of the keys may have made it. InvalidArgument
// if it is none, PermissionDenied if no key made it, DeadlineExceeded if it is too old.
absl::StatusOr<MailboxAddress> SrsReverse(absl::string_view local_part,
                                          absl::Span<const std::string> keys, int64_t day);

}  // namespace posthorn::mail
