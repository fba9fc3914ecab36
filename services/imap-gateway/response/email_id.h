#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// RFC 8474 5.1: what messages with the same octets have in common, of which the store gives numbers
// in the account. "M<account>-<number>": unique in the server, never one of a mailbox or a thread.
struct EmailId {
  std::uint64_t account = 0;
  std::uint64_t content = 0;
  bool operator==(const EmailId&) const = default;
};

std::string FormatEmailId(const EmailId& id);
// nullopt for what FormatEmailId did not write.
std::optional<EmailId> ParseEmailId(absl::string_view text);

}  // namespace posthorn::imap
