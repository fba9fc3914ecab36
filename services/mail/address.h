// RFC 5322 address lists as they stand in header fields, in the terms of an IMAP envelope.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// RFC 3501 7.4.2: an address structure, or one end of a group. Raw octets, unquoted; empty means
// absent. A mailbox may lack a host ("root"): write that as an empty string, since a missing host
// marks a group.
struct Address {
  enum class Kind : uint8_t { kMailbox, kGroupStart, kGroupEnd };
  Kind kind = Kind::kMailbox;
  std::string name;     // display name, or the comment that stands for it; group start: empty
  std::string route;    // RFC 5322 4.4 obs-route without the colon: "@a,@b"
  std::string mailbox;  // local part; group start: the group's name
  std::string host;     // domain, or a literal with its brackets
  friend bool operator==(const Address&, const Address&) = default;
};

using AddressList = std::vector<Address>;

// Parses the value of an address field, folded or not. Never fails: what is no address is kept as
// the mailbox part of one, or left out when there is no text in it. Group starts and ends always
// pair and do not nest. Linear time. Stops after `max_addresses` entries (and the end of an open
// group).
AddressList ParseAddressList(absl::string_view value, size_t max_addresses = 10'000);

}  // namespace posthorn::mail
