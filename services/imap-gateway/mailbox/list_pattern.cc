#include "imap-gateway/mailbox/list_pattern.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {
namespace {
bool IsWildcard(char c) { return c == '*' || c == '%'; }
}  // namespace

ListPattern::ListPattern(absl::string_view pattern) {
  for (const char c : pattern) {
    if (IsWildcard(c) && !pattern_.empty() && IsWildcard(pattern_.back())) {
      if (c == '*') {
        pattern_.back() = '*';
      }
      continue;
    }
    pattern_.push_back(c);
  }
}

std::vector<bool> ListPattern::Positions(absl::string_view name) const {
  const std::size_t size = pattern_.size();
  std::vector<bool> at(size + 1, false);
  std::vector<bool> next(size + 1, false);
  // A wildcard may match nothing, so reaching it also reaches what follows it.
  const auto spread = [this, size](std::vector<bool>& positions) {
    for (std::size_t i = 0; i < size; ++i) {
      if (positions[i] && IsWildcard(pattern_[i])) {
        positions[i + 1] = true;
      }
    }
  };
  at[0] = true;
  spread(at);
  for (const char c : name) {
    next.assign(size + 1, false);
    for (std::size_t i = 0; i < size; ++i) {
      if (!at[i]) {
        continue;
      }
      if (pattern_[i] == '*' || (pattern_[i] == '%' && c != kHierarchySeparator)) {
        next[i] = true;
      } else if (pattern_[i] == c) {
        next[i + 1] = true;
      }
    }
    spread(next);
    at.swap(next);
  }
  return at;
}

bool ListPattern::Matches(absl::string_view name) const { return Positions(name).back(); }

bool ListPattern::MatchesParent(absl::string_view name) const {
  const std::vector<bool> at = Positions(absl::StrCat(name, std::string(1, kHierarchySeparator)));
  for (std::size_t i = 0; i < at.size(); ++i) {
    if (at[i]) {
      return true;
    }
  }
  return false;
}

std::string JoinReference(absl::string_view reference, absl::string_view pattern) {
  return absl::StrCat(reference, pattern);
}

}  // namespace posthorn::imap
