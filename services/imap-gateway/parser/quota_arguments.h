#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "imap-gateway/parser/scanner.h"

namespace posthorn::imap {

// RFC 9208 4.1.1, 4.1.3.

struct QuotaRootArguments {
  std::string root;
};
QuotaRootArguments ParseQuotaRoot(Scanner& scanner);

struct SetQuotaArguments {
  std::string root;
  // Limits that are not named are taken away.
  std::optional<std::uint64_t> storage;  // units of 1,024 octets
  std::optional<std::uint64_t> messages;
  std::optional<std::uint64_t> mailboxes;
};
SetQuotaArguments ParseSetQuota(Scanner& scanner);

}  // namespace posthorn::imap
