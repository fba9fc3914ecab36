#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::imap {

inline constexpr char kHierarchySeparator = '/';
inline constexpr std::size_t kMaxMailboxNameOctets = 1000;  // in UTF-8
inline constexpr std::size_t kMaxMailboxNameDepth = 50;

// How names are written to and by the client.
enum class NameEncoding {
  kModifiedUtf7,  // RFC 3501 5.1.3
  kUtf8,          // RFC 9755 3, RFC 9051 5.1, for sessions that enabled either
};

// RFC 3501 5.1.3: modified UTF-7 to UTF-8, strictly: canonical forms only, so that one mailbox
// has one spelling. InvalidArgument for 8-bit octets, controls, printable ASCII in base64,
// broken surrogates, non-zero padding, superfluous shifts.
absl::StatusOr<std::string> DecodeModifiedUtf7(absl::string_view text);

// UTF-8 (valid) to modified UTF-7. Ill-formed octets become U+FFFD.
std::string EncodeModifiedUtf7(absl::string_view utf8);

// A name as a client wrote it to the form that is stored: UTF-8 in NFC, "INBOX" in capitals
// (also as the first component), no empty component. `allow_trailing_separator` is for CREATE
// (RFC 3501 6.3.3) and drops it. InvalidArgument says what is wrong.
absl::StatusOr<std::string> CanonicalMailboxName(absl::string_view wire, NameEncoding encoding,
                                                 bool allow_trailing_separator = false);

// The same for a LIST pattern, where % and * stay and emptiness is legal.
absl::StatusOr<std::string> CanonicalListPattern(absl::string_view wire, NameEncoding encoding);

// A canonical name as the client is to read it.
std::string EncodeMailboxName(absl::string_view canonical, NameEncoding encoding);

bool IsInbox(absl::string_view canonical);

}  // namespace posthorn::imap
