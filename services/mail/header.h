// Header blocks (RFC 5322 2.2): iterating over fields without copying.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// Views into the block. Lines that are no field (no colon, or blanks and controls in the name)
// have an empty name and all of the line as value.
struct HeaderField {
  absl::string_view name;   // without white space before the colon (RFC 5322 4.5)
  absl::string_view value;  // after the colon, folding and final line end included
  size_t offset = 0;        // of the field in the block
  size_t size = 0;          // with folded lines and the line end
  bool Is(absl::string_view field_name) const;  // names compare in any case
};

// Walks over a block up to its empty line or end. Lines end at LF or CRLF.
class HeaderReader {
 public:
  explicit HeaderReader(absl::string_view block) : block_(block) {}
  // The next field, or nothing at the end of the header.
  std::optional<HeaderField> Next();
  // Octets read so far; at the end the size of the header with its empty line.
  size_t position() const { return position_; }

 private:
  absl::string_view block_;
  size_t position_ = 0;
  bool ended_ = false;
};

// The first field of that name.
std::optional<HeaderField> FindField(absl::string_view block, absl::string_view name);

// RFC 5322 2.2.3: removes line ends, then white space around the value.
std::string Unfold(absl::string_view raw_value);

// Counts Received fields over a message fed in frames (RFC 5321 6.3: loop detection), with
// constant memory. Octets after the header are ignored.
class ReceivedCounter {
 public:
  void Feed(absl::string_view frame);
  int count() const { return count_; }
  bool header_ended() const { return ended_; }

 private:
  int count_ = 0;
  int column_ = 0;        // within the line
  int matched_ = 0;       // octets of "received" matched at the start of the line, -1: none
  bool only_cr_ = false;  // the line is CR so far
  bool ended_ = false;
};

int CountReceived(absl::string_view message);

}  // namespace posthorn::mail
