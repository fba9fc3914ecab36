#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// The mailbox wildcards of RFC 3501 6.3.8: "*" matches anything, "%" anything but the separator.
// Matching takes O(pattern x name) whatever the pattern, without recursion.
class ListPattern {
 public:
  // `pattern` is canonical UTF-8, reference and pattern already joined.
  explicit ListPattern(absl::string_view pattern);

  bool Matches(absl::string_view name) const;

  // True if `name` followed by the separator and more could match, so a LIST ending in "%" also
  // shows the parent of a match (RFC 3501 6.3.9).
  bool MatchesParent(absl::string_view name) const;

 private:
  // The set of pattern positions reached after all of `name`.
  std::vector<bool> Positions(absl::string_view name) const;

  std::string pattern_;  // runs of wildcards folded into one
};

// RFC 3501 6.3.8: the reference and the name are joined; a name beginning with the separator
// would be absolute in other hierarchies, here it matches nothing.
std::string JoinReference(absl::string_view reference, absl::string_view pattern);

}  // namespace posthorn::imap
