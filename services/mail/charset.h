// Charsets to UTF-8, and the folding for caseless search. Built on ICU, which nothing here exposes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::mail {

// Whether the charset can be decoded (MIME names and aliases, any case).
bool IsKnownCharset(absl::string_view charset);

// Decodes text in frames. What cannot be decoded becomes U+FFFD. An unknown or empty charset, and
// us-ascii with 8-bit octets, are read as UTF-8. Output is always valid UTF-8.
class CharsetDecoder {
 public:
  explicit CharsetDecoder(absl::string_view charset);
  ~CharsetDecoder();
  CharsetDecoder(CharsetDecoder&&) noexcept;
  CharsetDecoder& operator=(CharsetDecoder&&) noexcept;

  // Appends the UTF-8 of `frame`; a character split between frames comes with the second.
  void Feed(absl::string_view frame, std::string* out);
  void Finish(std::string* out);

 private:
  struct Converter;
  std::unique_ptr<Converter> converter_;
};

std::string ToUtf8(absl::string_view text, absl::string_view charset);

bool IsValidUtf8(absl::string_view text);

// RFC 5051 i;unicode-casemap: each character to title case, then fully decomposed. Two texts are
// equal, or one holds the other, when their folded octets do. Invalid octets become U+FFFD.
std::string FoldCase(absl::string_view utf8);

// Unicode normal form C of UTF-8 text; invalid octets become U+FFFD.
std::string NormalizeNfc(absl::string_view utf8);

// Lower case as names are compared: Unicode full case folding, then NFC.
std::string FoldName(absl::string_view utf8);

}  // namespace posthorn::mail
