// Replies of SMTP and LMTP servers (RFC 5321 4.2).
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::client {

struct Reply {
  int code = 0;  // 200 to 599
  // The texts of its lines, without codes and line ends.
  std::vector<std::string> lines;

  bool positive() const { return code >= 200 && code < 300; }
  bool intermediate() const { return code >= 300 && code < 400; }
  bool transient() const { return code >= 400 && code < 500; }
  bool permanent() const { return code >= 500; }

  // RFC 2034: "5.1.1" as the server gave it, else "x.0.0" by the code; of a reply that is neither
  // positive nor negative it stands for a temporary failure.
  std::string StatusCode() const;
  // The code and all lines in one, at most 1,000 octets; controls and what is not UTF-8 are
  // replaced.
  std::string Text() const;
};

// Puts replies together of lines. Pure.
class ReplyParser {
 public:
  // Beyond what RFC 5321 4.5.3.1.5 allows; a reply with more is no reply.
  static constexpr size_t kMaxLine = 4096;
  static constexpr size_t kMaxLines = 200;
  static constexpr size_t kMaxOctets = 64 * 1024;

  // Takes a line with its line end. True: the reply is complete, TakeReply() gives it.
  // INVALID_ARGUMENT for what is no reply; the connection is of no use then.
  absl::StatusOr<bool> AddLine(absl::string_view line);
  Reply TakeReply();

 private:
  Reply reply_;
  size_t octets_ = 0;
};

// Text from outside for logs and reports: one line of printable UTF-8, at most `limit` octets.
std::string Printable(absl::string_view text, size_t limit = 1000);

}  // namespace posthorn::client
