// Content-Transfer-Encoding (RFC 2045 6.7, 6.8): encoding in frames.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {

// Encodes one body as base64 or quoted-printable, in lines of at most 76 octets ended by CRLF.
// Decoding gives the same octets. Quoted-printable keeps line ends (CRLF); a CR or LF alone is
// escaped, and "-" at the start of a line: no encoded body has a line that is a boundary. How the
// octets were split does not matter.
class TransferEncoder {
 public:
  // kBase64 or kQuotedPrintable.
  explicit TransferEncoder(TransferEncoding encoding) : encoding_(encoding) {}
  // Appends what `frame` becomes.
  void Feed(absl::string_view frame, std::string* out);
  // Appends what was held back. `end_line`: ends the last line, if there is one open, in a way that
  // adds nothing to what is decoded. To be called once.
  void Finish(bool end_line, std::string* out);

 private:
  void PutQuoted(char c, std::string* out);
  void PutSpace(bool at_line_end, std::string* out);
  void PutToken(absl::string_view token, std::string* out);

  TransferEncoding encoding_;
  std::string held_;   // base64: octets that do not fill a line yet
  size_t column_ = 0;  // quoted-printable: octets in the line
  char space_ = 0;     // quoted-printable: white space, encoded if the line ends
  bool cr_ = false;    // quoted-printable: the last octet was CR
};

}  // namespace posthorn::mail
