#include "mail/part_stack.h"

#include <utility>

#include "absl/strings/match.h"

namespace posthorn::mail {

void PartStack::Pop() {
  boundaries_ -= parts_.back().boundary.empty() ? 0 : 1;
  parts_.pop_back();
}

void PartStack::SetBoundary(std::string boundary) {
  parts_.back().boundary = std::move(boundary);
  ++boundaries_;
}

void PartStack::EndBoundary(size_t level) {
  parts_[level].boundary.clear();
  --boundaries_;
}

std::optional<BoundaryMatch> PartStack::Match(absl::string_view line) const {
  line = line.substr(0, kMaxBoundaryLine);
  if (!absl::StartsWith(line, "--")) {
    return std::nullopt;
  }
  line.remove_prefix(2);
  size_t longest = 0;
  BoundaryMatch match;
  for (size_t level = parts_.size(); level-- > 0;) {
    const std::string& boundary = parts_[level].boundary;
    if (boundary.size() > longest && absl::StartsWith(line, boundary)) {
      longest = boundary.size();
      match.level = level;
    }
  }
  if (longest == 0) {
    return std::nullopt;
  }
  match.is_end = absl::StartsWith(line.substr(longest), "--");
  return match;
}

}  // namespace posthorn::mail
