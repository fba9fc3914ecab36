// Fuzzes the data decoder: pieces of any size give what the whole gives, and the result can neither
// hold a bare line end nor differ from a plain reading of RFC 5321 4.5.2.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "smtp-gateway/parser/data_decoder.h"
#include "smtp-gateway/parser/line_checker.h"

namespace {

using posthorn::smtp::DataDecoder;
using posthorn::smtp::LineChecker;

constexpr size_t kMaxLine = 1000;

void Check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

struct Result {
  DataDecoder::Status status = DataDecoder::Status::kMore;
  std::string out;
  size_t consumed = 0;
};

Result Decode(std::string_view input, size_t step) {
  DataDecoder decoder(kMaxLine);
  Result result;
  while (result.consumed < input.size() && result.status == DataDecoder::Status::kMore) {
    size_t consumed = 0;
    result.status = decoder.Feed(input.substr(result.consumed, step), &result.out, &consumed);
    result.consumed += consumed;
  }
  return result;
}

// The message line by line; only for input that ended well.
std::string Unstuff(std::string_view data) {
  std::string message;
  while (data != ".\r\n") {
    const size_t end = data.find("\r\n") + 2;
    message += data.substr(data.front() == '.' ? 1 : 0, data.front() == '.' ? end - 1 : end);
    data.remove_prefix(end);
  }
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) {
    return 0;
  }
  const size_t step = 1 + data[0] % 17;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Result whole = Decode(input, std::max<size_t>(input.size(), 1));
  const Result pieces = Decode(input, step);
  Check(whole.status == pieces.status);
  if (whole.status != DataDecoder::Status::kMore && whole.status != DataDecoder::Status::kEnd) {
    return 0;
  }
  Check(whole.out == pieces.out && whole.consumed == pieces.consumed);
  LineChecker checker(kMaxLine);
  Check(checker.Feed(whole.out) == LineChecker::Status::kOk);
  Check(checker.Finish() == LineChecker::Status::kOk);
  if (whole.status == DataDecoder::Status::kEnd) {
    Check(whole.out == Unstuff(input.substr(0, whole.consumed)));
  }
  return 0;
}
