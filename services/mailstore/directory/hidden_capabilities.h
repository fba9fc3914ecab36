// What the administrator hides from an account's IMAP clients.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

inline constexpr std::size_t kMaxHiddenCapabilities = 100;

// Names of capabilities in upper case. INVALID_ARGUMENT for what is none (RFC 9051 9: an atom), for
// too many, and for those that no session can do without. Pure.
absl::StatusOr<std::vector<std::string>> ParseCapabilities(absl::Span<const std::string> names);

// Hides and shows again, both as ParseCapabilities gives them; what is hidden then, ascending.
// NOT_FOUND (REASON_NOT_FOUND) for an unknown key; RESOURCE_EXHAUSTED (REASON_TOO_MANY). Blocks,
// for Pool::Run.
absl::StatusOr<std::vector<std::string>> ChangeHiddenCapabilities(
    Connection& connection, const std::string& key, absl::Span<const std::string> hide,
    absl::Span<const std::string> show);

}  // namespace posthorn::store
