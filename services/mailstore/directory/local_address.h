// Addresses in the form in which the directory keeps them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

struct LocalAddress {
  std::string text;      // as SMTP writes it, domain in A-labels
  std::string key;       // mail::MailboxAddress::LookupKey
  std::string base_key;  // key of local@domain for local+detail@domain; otherwise equal to key
  std::string detail;    // of the sub-address (RFC 5233), empty if there is none
  std::string domain;    // empty only for the bare "postmaster" (RFC 5321 4.5.1)
  bool is_postmaster = false;
};

// INVALID_ARGUMENT (REASON_ADDRESS_INVALID) with what is wrong. Pure.
absl::StatusOr<LocalAddress> ParseLocalAddress(absl::string_view text);

// The same for an account or alias to be: it needs a domain, and not an address literal.
absl::StatusOr<LocalAddress> ParseNewAddress(absl::string_view text);

// The same for an alias, which may be a domain's catch-all: text and keys of "@example.org" are
// "@example.org".
absl::StatusOr<LocalAddress> ParseAliasAddress(absl::string_view text);

// A domain in lower case A-labels; INVALID_ARGUMENT (REASON_ADDRESS_INVALID).
absl::StatusOr<std::string> ParseDomain(absl::string_view text);
// The same of what may be left out: empty stays empty.
absl::StatusOr<std::string> ParseDomainIfAny(absl::string_view text);

}  // namespace posthorn::store
