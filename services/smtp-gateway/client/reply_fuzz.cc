// Replies of servers, whatever they send.
#include <cstdint>
#include <cstdlib>

#include "smtp-gateway/client/extensions.h"

namespace {

using posthorn::client::Reply;
using posthorn::client::ReplyParser;

void Check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view input(reinterpret_cast<const char*>(data), size);
  ReplyParser parser;
  while (!input.empty()) {
    const size_t end = input.find('\n');
    const absl::string_view line = input.substr(0, end == absl::string_view::npos ? end : end + 1);
    input.remove_prefix(line.size());
    const auto complete = parser.AddLine(line);
    if (!complete.ok()) {
      return 0;
    }
    if (*complete) {
      const Reply reply = parser.TakeReply();
      Check(reply.code >= 200 && reply.code < 600);
      Check(!reply.lines.empty() && reply.lines.size() <= ReplyParser::kMaxLines);
      const std::string text = reply.Text();
      Check(text.size() <= 1000 && text.find('\r') == std::string::npos);
      Check(reply.StatusCode().size() >= 5);
      posthorn::client::ParseExtensions(reply);
    }
  }
  return 0;
}
