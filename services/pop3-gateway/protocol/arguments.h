// Arguments of POP3 commands: one parser for each form there is. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::pop3 {

// What a parser fills in; the rest keeps its default. Views point into the command line.
struct Arguments {
  uint32_t message = 0;  // message number, 0 if none was given
  uint32_t lines = 0;    // TOP
  absl::string_view text;
  std::optional<absl::string_view> initial_response;  // AUTH, undecoded
};

// The errors' messages are fit for the client.
using ArgumentParser = absl::StatusOr<Arguments> (*)(absl::string_view text);

absl::StatusOr<Arguments> ParseNothing(absl::string_view text);
// "[msg]"
absl::StatusOr<Arguments> ParseOptionalMessage(absl::string_view text);
// "msg"
absl::StatusOr<Arguments> ParseMessage(absl::string_view text);
// "msg n"
absl::StatusOr<Arguments> ParseMessageAndLines(absl::string_view text);
// Everything to the end of the line, spaces included (RFC 1939 7, PASS).
absl::StatusOr<Arguments> ParseText(absl::string_view text);
// "[mechanism [initial-response]]"
absl::StatusOr<Arguments> ParseSasl(absl::string_view text);

}  // namespace posthorn::pop3
