// The parts a scan is inside of, and the boundaries that can end them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

struct OpenPart {
  size_t index = 0;            // in MessageStructure::parts
  bool embedded = false;       // the message inside a message/rfc822
  bool digest = false;         // multipart/digest
  std::string boundary;        // of a multipart; empty once its end boundary has been seen
  uint64_t lines_at_body = 0;  // line feeds of the message before its body
};

struct BoundaryMatch {
  size_t level = 0;     // of the multipart in the stack
  bool is_end = false;  // "--boundary--"
};

// From the message itself to the innermost part.
class PartStack {
 public:
  // Of a line no more is looked at than this: the longest boundary with its dashes.
  static constexpr size_t kMaxBoundaryLine = 256;

  bool empty() const { return parts_.empty(); }
  size_t depth() const { return parts_.size(); }
  OpenPart& top() { return parts_.back(); }
  OpenPart& parent() { return parts_[parts_.size() - 2]; }
  bool has_parent() const { return parts_.size() > 1; }
  bool has_boundaries() const { return boundaries_ > 0; }

  void Push(OpenPart part) { parts_.push_back(std::move(part)); }
  void Pop();
  void SetBoundary(std::string boundary);  // of the top, which has none; not empty
  void EndBoundary(size_t level);
  // RFC 2046 5.1.1: whether a line is a boundary; it is enough that it starts with one. The longest
  // wins, and of equal ones (nested parts that repeat one boundary) the innermost.
  std::optional<BoundaryMatch> Match(absl::string_view line) const;

 private:
  std::vector<OpenPart> parts_;
  size_t boundaries_ = 0;
};

}  // namespace posthorn::mail
