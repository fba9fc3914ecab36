// Status lines of responses (RFC 1939 3, RFC 2449 3 and 8). Pure.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

// RFC 2449 8, RFC 3206.
enum class ResponseCode : uint8_t { kNone, kInUse, kAuth, kSysTemp, kSysPerm };

// "[IN-USE]" and so on; empty for kNone.
absl::string_view ResponseCodeText(ResponseCode code);

// Append "+OK text\r\n" and "-ERR [code] text\r\n". `text` is the server's own: printable, and
// short enough for the 512 octets of a line.
void AppendOk(absl::string_view text, std::string* out);
void AppendError(ResponseCode code, absl::string_view text, std::string* out);

// "+OK 3 octets\r\n" for the single-line responses that are made by the thousand.
void AppendOkOctets(uint64_t octets, std::string* out);

}  // namespace posthorn::pop3
