// Addresses as SMTP and accounts use them: local-part@domain (RFC 5321 4.1.2, RFC 6531 3.3).
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::mail {

// Normal form: the local part unquoted, NFC, its case kept; the domain in lower case as A-labels
// ("xn--..."), or an address literal with its brackets; empty for the bare "postmaster".
struct MailboxAddress {
  std::string local_part;
  std::string domain;

  // Whether a literal such as [192.0.2.1] stands for the domain.
  bool HasLiteral() const { return !domain.empty() && domain.front() == '['; }
  // Whether the local part needs SMTPUTF8 (RFC 6531).
  bool IsInternational() const;
  // As SMTP writes it: the local part quoted where it must be (RFC 5321 4.1.2).
  std::string ToString() const;
  // The name under which accounts and aliases are looked up: local part case-folded (NFC again),
  // never quoted, "@", domain. Equal keys mean the same mailbox here.
  std::string LookupKey() const;
  friend bool operator==(const MailboxAddress&, const MailboxAddress&) = default;
};

// Strict parser of Mailbox, without angle brackets or source route; "postmaster" without domain is
// allowed (RFC 5321 4.1.1.3). U-labels in the domain are mapped by UTS #46 (non-transitional).
// InvalidArgument with a reason; OutOfRange if longer than RFC 5321 4.5.3.1 allows: 64 octets of
// local part, 255 of domain, 254 in all (a path of 256 with its brackets).
absl::StatusOr<MailboxAddress> ParseMailboxAddress(absl::string_view text);

// Lower case A-labels of a domain name, or InvalidArgument; no trailing dot. OutOfRange if too
// long.
absl::StatusOr<std::string> NormalizeDomain(absl::string_view domain);

// A domain for people to read: U-labels, or as given where that is not possible.
std::string DomainToUnicode(absl::string_view domain);

// RFC 5233: "user+detail". Without the separator, or when it comes first, detail is empty.
struct SubAddress {
  absl::string_view user;
  absl::string_view detail;
};
SubAddress SplitSubAddress(absl::string_view local_part, char separator = '+');

}  // namespace posthorn::mail
