#include "smtp-gateway/parser/data_decoder.h"

#include "smtp-gateway/parser/line_checker.h"

namespace posthorn::smtp {

// Copies text up to a CR or the end of the input.
DataDecoder::Status DataDecoder::CopyText(std::string_view input, size_t* pos, std::string* out) {
  const TextRun run = FindTextRun(input.substr(*pos));
  line_size_ += run.size;
  if (line_size_ > max_line_) {
    return Status::kLineTooLong;
  }
  if (run.bare_lf) {
    return Status::kBareLineEnd;
  }
  out->append(input.data() + *pos, run.size);
  *pos += run.size;
  return Status::kMore;
}

// Takes one octet where the state is about line ends and dots. A CR is held back until its LF is
// seen.
DataDecoder::Status DataDecoder::Step(char c, std::string* out) {
  switch (state_) {
    case State::kLineStart:
    case State::kText:
      state_ = c == '.' && state_ == State::kLineStart ? State::kDot : State::kCr;
      return Status::kMore;
    case State::kDot:
      // RFC 5321 4.5.2: a first period that is not alone on its line is deleted.
      state_ = c == '\r' ? State::kDotCr : State::kText;
      return Status::kMore;
    case State::kCr:
      if (c != '\n') {
        return Status::kBareLineEnd;
      }
      out->append("\r\n", 2);
      state_ = State::kLineStart;
      line_size_ = 0;
      return Status::kMore;
    case State::kDotCr:
      return c == '\n' ? Status::kEnd : Status::kBareLineEnd;
  }
  return Status::kBareLineEnd;
}

DataDecoder::Status DataDecoder::Feed(std::string_view input, std::string* out, size_t* consumed) {
  size_t pos = 0;
  Status status = Status::kMore;
  while (pos < input.size() && status == Status::kMore) {
    const char c = input[pos];
    const bool in_text = state_ == State::kText || (state_ == State::kLineStart && c != '.');
    if (in_text && c != '\r') {
      state_ = State::kText;
      status = CopyText(input, &pos, out);
      continue;
    }
    status = Step(c, out);
    // The octet after a removed period is text, unless it was the CR.
    if (state_ != State::kText) {
      ++pos;
    }
  }
  *consumed = pos;
  return status;
}

}  // namespace posthorn::smtp
