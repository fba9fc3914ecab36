#include "smtp-gateway/client/dot_stuffer.h"

#include "absl/strings/str_cat.h"

namespace posthorn::client {
namespace {

absl::Status Bare() { return absl::InvalidArgumentError("a CR or LF stands alone"); }

}  // namespace

absl::Status DotStuffer::Append(absl::string_view piece, std::string& out) {
  while (!piece.empty()) {
    if (state_ == State::kAfterCr) {
      if (piece.front() != '\n') {
        return Bare();
      }
      out += '\n';
      piece.remove_prefix(1);
      state_ = State::kLineStart;
      continue;
    }
    if (state_ == State::kLineStart && piece.front() == '.') {
      out += '.';
    }
    // Up to and with the CR.
    const size_t end = piece.find('\r');
    const absl::string_view line = piece.substr(0, end);
    if (line.find('\n') != absl::string_view::npos) {
      return Bare();
    }
    if (line.find('\0') != absl::string_view::npos) {
      return absl::InvalidArgumentError("an octet is 0");
    }
    absl::StrAppend(&out, line);
    if (end == absl::string_view::npos) {
      state_ = State::kInLine;
      return absl::OkStatus();
    }
    out += '\r';
    piece.remove_prefix(end + 1);
    state_ = State::kAfterCr;
  }
  return absl::OkStatus();
}

absl::Status DotStuffer::Finish(std::string& out) {
  if (state_ == State::kAfterCr) {
    return Bare();
  }
  out += state_ == State::kInLine ? "\r\n.\r\n" : ".\r\n";
  return absl::OkStatus();
}

}  // namespace posthorn::client
