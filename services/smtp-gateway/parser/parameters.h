// Parameters of MAIL and RCPT (RFC 5321 4.1.2) and the encoding of their values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::smtp {

struct Parameter {
  std::string_view keyword;               // as typed; keywords compare in any case
  std::optional<std::string_view> value;  // absent without "="; never empty
};

// Parses esmtp-params, views into `text`. RFC 6531 3.4: values may hold UTF-8. False on bad syntax,
// on a keyword that comes twice, and on more than kMaxParameters.
inline constexpr size_t kMaxParameters = 32;
bool ParseParameters(std::string_view text, std::vector<Parameter>* parameters);

// RFC 3461 4: "+" and two upper case hexadecimal digits stand for an octet. Nothing if the text is
// no xtext, or if a decoded octet is a control character or not ASCII: no value that uses xtext may
// hold one, and it must not reach header fields or logs.
std::optional<std::string> DecodeXtext(std::string_view text);

// 1*20DIGIT (RFC 1870 5, RFC 3030 2) that fits 64 bits.
std::optional<uint64_t> ParseOctetCount(std::string_view text);

// RFC 4648 4, strictly: padding needed, no other characters, no stray bits. Nothing if it is not.
std::optional<std::string> DecodeBase64(std::string_view text);

}  // namespace posthorn::smtp
