#include "pop3-gateway/protocol/arguments.h"

#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace posthorn::pop3 {
namespace {

std::vector<absl::string_view> Words(absl::string_view text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

// Digits alone: no sign, no white space, no hexadecimal. Larger numbers than there are become the
// largest: no maildrop has that message, and TOP of so many lines is the whole message.
std::optional<uint32_t> ParseNumber(absl::string_view word) {
  if (word.empty()) {
    return std::nullopt;
  }
  uint64_t value = 0;
  for (char c : word) {
    if (!absl::ascii_isdigit(c)) {
      return std::nullopt;
    }
    value = value * 10 + static_cast<uint64_t>(c - '0');
    if (value > std::numeric_limits<uint32_t>::max()) {
      value = std::numeric_limits<uint32_t>::max();
    }
  }
  return static_cast<uint32_t>(value);
}

absl::Status ParseMessageNumber(absl::string_view word, Arguments* arguments) {
  const std::optional<uint32_t> number = ParseNumber(word);
  if (!number.has_value()) {
    return absl::InvalidArgumentError("Message number expected");
  }
  if (*number == 0) {
    // RFC 1939 3: message numbers begin at 1.
    return absl::InvalidArgumentError("There is no message 0");
  }
  arguments->message = *number;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Arguments> ParseNothing(absl::string_view text) {
  if (!Words(text).empty()) {
    return absl::InvalidArgumentError("No arguments expected");
  }
  return Arguments{};
}

absl::StatusOr<Arguments> ParseOptionalMessage(absl::string_view text) {
  if (Words(text).empty()) {
    return Arguments{};
  }
  return ParseMessage(text);
}

absl::StatusOr<Arguments> ParseMessage(absl::string_view text) {
  const std::vector<absl::string_view> words = Words(text);
  if (words.size() != 1) {
    return absl::InvalidArgumentError("One message number expected");
  }
  Arguments arguments;
  absl::Status parsed = ParseMessageNumber(words[0], &arguments);
  if (!parsed.ok()) {
    return parsed;
  }
  return arguments;
}

absl::StatusOr<Arguments> ParseMessageAndLines(absl::string_view text) {
  const std::vector<absl::string_view> words = Words(text);
  if (words.size() != 2) {
    return absl::InvalidArgumentError("Message number and number of lines expected");
  }
  Arguments arguments;
  absl::Status parsed = ParseMessageNumber(words[0], &arguments);
  if (!parsed.ok()) {
    return parsed;
  }
  const std::optional<uint32_t> lines = ParseNumber(words[1]);
  if (!lines.has_value()) {
    return absl::InvalidArgumentError("Number of lines expected");
  }
  arguments.lines = *lines;
  return arguments;
}

absl::StatusOr<Arguments> ParseText(absl::string_view text) {
  if (text.empty()) {
    return absl::InvalidArgumentError("Argument expected");
  }
  Arguments arguments;
  arguments.text = text;
  return arguments;
}

absl::StatusOr<Arguments> ParseSasl(absl::string_view text) {
  const std::vector<absl::string_view> words = Words(text);
  if (words.size() > 2) {
    return absl::InvalidArgumentError("Mechanism and initial response expected");
  }
  Arguments arguments;
  if (!words.empty()) {
    arguments.text = words[0];
  }
  if (words.size() == 2) {
    arguments.initial_response = words[1];
  }
  return arguments;
}

}  // namespace posthorn::pop3
