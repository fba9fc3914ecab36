// Scans a message once, in frames of any size, for its MIME structure (RFC 2045, 2046, 5322).
//
// Never fails: any sequence of octets gives a MessageStructure that keeps the rules stated in
// message_structure.h. Time is linear in the message, memory is bounded by ScanLimits whatever its
// size. How the result came about does not depend on how the octets were split into frames.
//
// Reading of broken mail:
//  - A line ends at LF, with or without a CR before it; a lone CR is an ordinary octet.
//  - A header ends at an empty line, at a boundary of an enclosing multipart, or at the end. Lines
//    in it that are no field are skipped.
//  - A Content-Type that cannot be parsed, or a multipart without a usable boundary parameter, is
//    text/plain; charset=us-ascii (RFC 2045 5.2), message/rfc822 inside multipart/digest only
//    when the field is absent (RFC 2046 5.1.5).
//  - A multipart without parts gets one made-up empty text/plain part, which is what Dovecot shows.
//  - A boundary line belongs to the innermost open multipart with the longest matching boundary;
//    it ends every part inside that. A missing end boundary ends at the end of the message.
//  - The line end before a boundary line belongs to the boundary (RFC 2046 5.1.1), except where
//    it is the one that ends a header.
//  - message/rfc822 and message/global in base64, quoted-printable or an unknown encoding is not
//    looked into; it is shown as application/octet-stream, since a message type promises an
//    envelope.
//  - Beyond max_depth a multipart or message is shown as application/octet-stream; once max_parts
//    is reached boundaries no longer count and the rest is body of the last part.
//  - Of a field that may occur once the first counts; To, Cc and Bcc are joined.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"
#include "mail/message_structure.h"

namespace posthorn::mail {

struct ScanLimits {
  size_t max_depth = 100;               // nesting; the message itself has depth 1
  size_t max_parts = 10'000;            // made-up parts included
  size_t max_header_bytes = 1 << 20;    // of one header block; the rest of it is not parsed
  size_t max_fields = 1'000;            // parsed of one header block
  size_t max_params = 64;               // kept of one field
  size_t max_addresses = 10'000;        // kept of one field
  size_t max_references = 1'000;        // the last ones are kept
  size_t max_retained_bytes = 8 << 20;  // of all strings of the result, with their overhead;
                                        // beyond it only types and encodings are kept
};

// Not thread-safe; one scanner per message.
class MimeScanner {
 public:
  explicit MimeScanner(const ScanLimits& limits = {});
  ~MimeScanner();
  MimeScanner(const MimeScanner&) = delete;
  MimeScanner& operator=(const MimeScanner&) = delete;

  // Takes the next octets of the message. `frame` need only live during the call.
  void Feed(absl::string_view frame);
  // Ends the message. To be called once, after which the scanner is spent.
  MessageStructure Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The same for a message that is in memory.
MessageStructure ScanMessage(absl::string_view message, const ScanLimits& limits = {});

}  // namespace posthorn::mail
