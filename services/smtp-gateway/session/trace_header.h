// The fields that an accepted message gets at its top (RFC 5321 4.4).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace posthorn::smtp {

struct Trace {
  std::string_view reverse_path;  // as the client wrote it; empty for the null path
  std::string_view helo;
  std::string_view peer_address;  // text form, without brackets
  bool peer_is_v6 = false;
  std::string_view hostname;  // ours
  bool extended = false;      // EHLO
  bool lmtp = false;
  bool tls = false;
  bool authenticated = false;
  bool smtputf8 = false;
  std::string_view tls_version;  // "TLSv1.3" and the cipher's name, if tls
  std::string_view tls_cipher;
  std::string_view session_id;
  bool delivered = true;       // into a mailbox: not only passed on
  std::string_view recipient;  // the only one, else empty: others must not be told (RFC 5321 7.2)
  int64_t unix_seconds = 0;
};

// RFC 5321 4.4.1, RFC 3848, RFC 6531 4.3: the "with" word.
std::string_view TransmissionType(const Trace& trace);

// Return-Path, if the message is delivered here, and Received with their line ends.
std::string FormatTraceHeader(const Trace& trace);

}  // namespace posthorn::smtp
