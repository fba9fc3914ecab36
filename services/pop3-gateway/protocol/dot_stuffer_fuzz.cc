// What a client reads back is the message, however it was cut into frames, and no line of it is
// the terminator.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pop3-gateway/protocol/dot_stuffer.h"

namespace {

// A client that splits at every LF, or only at CRLF: both must find the same end.
size_t FirstTerminator(const std::string& response, bool lf_alone) {
  bool line_begins = true;
  for (size_t at = 0; at < response.size(); ++at) {
    if (line_begins && response.compare(at, 3, ".\r\n") == 0) {
      return at;
    }
    line_begins = response[at] == '\n' && (lf_alone || (at > 0 && response[at - 1] == '\r'));
  }
  return std::string::npos;
}

std::string Unstuff(const std::string& body) {
  std::string message;
  bool line_begins = true;
  for (char c : body) {
    if (!(line_begins && c == '.')) {
      message += c;
    }
    line_begins = c == '\n';
  }
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const size_t frame = data[0] % 16 + 1;
  const std::string message(reinterpret_cast<const char*>(data + 1), size - 1);
  posthorn::pop3::DotStuffer stuffer;
  std::string response;
  for (size_t at = 0; at < message.size(); at += frame) {
    stuffer.Feed(absl::string_view(message).substr(at, frame), &response);
  }
  stuffer.Finish(&response);

  const size_t end = response.size() - 3;
  if (FirstTerminator(response, true) != end || FirstTerminator(response, false) != end) {
    std::abort();
  }
  std::string body = Unstuff(response.substr(0, end));
  const bool completed = !message.empty() && !message.ends_with("\r\n");
  if (body != message + (completed ? "\r\n" : "")) {
    std::abort();
  }
  return 0;
}
