// Content-Transfer-Encoding (RFC 2045 6): decoding in frames.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

enum class TransferEncoding : uint8_t { kIdentity, kBase64, kQuotedPrintable, kUnknown };

// "7bit", "8bit", "binary" and "" are kIdentity; any case.
TransferEncoding ParseTransferEncoding(absl::string_view name);

// Decodes one body. Tolerant: octets outside the alphabet are skipped, padding may be missing or in
// the middle (as of concatenated bodies), a broken quoted-printable escape stays as it is.
// kUnknown passes octets through. damaged() tells whether anything of that kind happened.
class TransferDecoder {
 public:
  explicit TransferDecoder(TransferEncoding encoding) : encoding_(encoding) {}
  // Appends what `frame` decodes to.
  void Feed(absl::string_view frame, std::string* out);
  // Appends what was held back at the end of the last frame.
  void Finish(std::string* out);
  bool damaged() const { return damaged_; }

 private:
  void FeedBase64(absl::string_view frame, std::string* out);
  void FeedQuotedPrintable(absl::string_view frame, std::string* out);
  void FlushBase64(std::string* out);
  void EscapeOctet(char c, std::string* out);
  void ReleaseSpaces(std::string* out);

  TransferEncoding encoding_;
  bool damaged_ = false;
  uint32_t bits_ = 0;   // base64: sextets collected
  int sextets_ = 0;     // base64: how many, 0 to 3
  std::string held_;    // quoted-printable: an escape not yet complete
  std::string spaces_;  // quoted-printable: white space that counts only if text follows
};

}  // namespace posthorn::mail
