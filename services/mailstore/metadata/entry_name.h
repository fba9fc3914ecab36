// Names of annotations (RFC 5464 3.2). Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

struct EntryName {
  bool shared = false;  // otherwise private
  // What follows /private or /shared, in lower case: empty or "/" and components.
  std::string path;

  std::string Text() const;
  friend bool operator==(const EntryName&, const EntryName&) = default;
};

// InvalidArgument for a name that no entry may have: not below /private or /shared, an empty
// component, "*", "%", controls or octets outside of ASCII, more than 512 octets or 32 components.
absl::StatusOr<EntryName> ParseEntryName(absl::string_view name);

// Whether `path` is `top`, or at most `depth` components below it; depth < 0: any.
bool IsWithin(absl::string_view path, absl::string_view top, int depth);

}  // namespace posthorn::store
