// What a message needs of the transport: 7BIT, 8BITMIME or BINARYMIME (RFC 6152, RFC 3030).
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// In order of what they need.
enum class ContentKind : uint8_t { k7Bit, k8Bit, kBinary };

struct ContentNeeds {
  // The header has octets above 127 (RFC 6532): SMTPUTF8.
  bool eight_bit_header = false;
  // k8Bit: octets above 127. kBinary: NUL, a CR or LF that is no line end, or a line of more than
  // 998 octets before its CRLF (RFC 5322 2.1.1).
  ContentKind body = ContentKind::k7Bit;
};

// Takes a message, header first, in frames of any size, with constant memory. The header ends at
// the first empty line; headers of body parts count as body.
class ContentNeedsScanner {
 public:
  void Feed(absl::string_view frame);
  // Of the whole message, once it has been fed.
  ContentNeeds Finish() const;

 private:
  void FeedHeader(absl::string_view* frame);
  void FeedBody(absl::string_view frame);

  ContentNeeds needs_;
  bool in_body_ = false;
  bool cr_ = false;           // the last octet was CR
  uint64_t line_octets_ = 0;  // of the current line, its CR included
};

// The same for a message that is in memory.
ContentNeeds ScanContentNeeds(absl::string_view message);

}  // namespace posthorn::mail
