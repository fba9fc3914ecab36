// Replies (RFC 5321 4.2) with enhanced status codes (RFC 2034, RFC 3463).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace posthorn::smtp {

// A reply of one line whose text is known when the program is compiled, or lives as long as needed.
struct Reply {
  uint16_t code = 0;
  std::string_view status;  // "5.1.1"; empty where RFC 2034 3 wants none: greeting, EHLO, 3yz
  std::string_view text;
};

// Gathers the replies to a batch of commands (RFC 2920) in the order of the commands.
class ReplyWriter {
 public:
  void Append(const Reply& reply) { Append(reply.code, reply.status, reply.text); }
  // LF within the text begins another line of the same reply.
  void Append(uint16_t code, std::string_view status, std::string_view text);
  // A line of a multi-line reply that is not its last.
  void AppendContinued(uint16_t code, std::string_view text);

  std::string_view pending() const { return pending_; }
  // After the pending octets were written. Gives memory back that a long reply took.
  void Clear();

 private:
  void AppendLine(uint16_t code, char separator, std::string_view status, std::string_view text);

  std::string pending_;
};

}  // namespace posthorn::smtp
