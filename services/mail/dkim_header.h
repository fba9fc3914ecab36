// The header part of a DKIM signature: which fields are signed, and their "relaxed" form
// (RFC 6376 3.4.2, 3.7, 5.4).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace posthorn::mail {

// The names for h=, in lower case, repeated as often as they are signed: every field that a mail
// program shows or acts on, and those that a forger would add once more than there are, so that
// another one breaks the signature (RFC 6376 8.15). InvalidArgument without a From field (RFC 6376
// 5.4) or with more fields than a sane message has (100).
absl::StatusOr<std::vector<std::string>> SelectSignedFields(absl::string_view header);

// RFC 6376 3.4.2: one field, folded or not, as "name:value" without its line end.
std::string RelaxedField(absl::string_view name, absl::string_view value);

// RFC 6376 3.7: the octets that are hashed. `names` are taken from `header`, of repeated fields the
// last first; a name beyond those there counts for nothing. `signature_field` is the
// DKIM-Signature field, its b= empty.
std::string DkimHeaderInput(absl::string_view header, absl::Span<const std::string> names,
                            absl::string_view signature_field);

}  // namespace posthorn::mail
