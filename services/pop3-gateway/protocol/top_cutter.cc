#include "pop3-gateway/protocol/top_cutter.h"

namespace posthorn::pop3 {

size_t TopCutter::Feed(absl::string_view frame) {
  size_t shown = 0;
  if (in_header_) {
    shown = FeedHeader(frame);
  }
  if (!in_header_) {
    shown += FeedBody(frame.substr(shown));
  }
  return shown;
}

absl::string_view TopCutter::Missing() const {
  if (!in_header_) {
    return "";
  }
  return line_is_empty_ ? "\r\n" : "\r\n\r\n";
}

size_t TopCutter::FeedHeader(absl::string_view frame) {
  size_t at = 0;
  while (at < frame.size()) {
    const size_t line_end = frame.find('\n', at);
    const absl::string_view line = frame.substr(at, line_end - at);
    if (!line.empty() && line != "\r") {
      line_is_empty_ = false;
    }
    if (line_end == absl::string_view::npos) {
      return frame.size();
    }
    at = line_end + 1;
    if (line_is_empty_) {
      in_header_ = false;
      return at;
    }
    line_is_empty_ = true;
  }
  return at;
}

size_t TopCutter::FeedBody(absl::string_view frame) {
  size_t at = 0;
  while (lines_left_ > 0) {
    const size_t line_end = frame.find('\n', at);
    if (line_end == absl::string_view::npos) {
      return frame.size();
    }
    at = line_end + 1;
    --lines_left_;
  }
  return at;
}

}  // namespace posthorn::pop3
