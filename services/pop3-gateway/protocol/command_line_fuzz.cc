// Whatever a client sends: the parsers accept or refuse it, and what they accept keeps its
// promises.
#include <cstdint>

#include "absl/strings/match.h"
#include "common/testing/require.h"
#include "pop3-gateway/protocol/arguments.h"
#include "pop3-gateway/protocol/command_line.h"
#include "pop3-gateway/protocol/sasl_response.h"

using posthorn::pop3::ArgumentParser;
using posthorn::testing_support::Require;

namespace {

void TestArguments(ArgumentParser parse, absl::string_view text) {
  const auto arguments = parse(text);
  if (!arguments.ok()) {
    // It goes to the client as it is.
    Require(arguments.status().message().find_first_of("\r\n") == absl::string_view::npos);
    return;
  }
  const bool wants_message =
      parse == posthorn::pop3::ParseMessage || parse == posthorn::pop3::ParseMessageAndLines;
  Require(!wants_message || arguments->message >= 1);
}

void TestCommand(absl::string_view line) {
  const auto command = posthorn::pop3::ParseCommandLine(line);
  if (!command.ok()) {
    Require(!command.status().message().empty());
    return;
  }
  Require(command->keyword.size() >= 3 && command->keyword.size() <= 4);
  Require(absl::EndsWith(line, command->arguments));
  for (const ArgumentParser parse :
       {posthorn::pop3::ParseNothing, posthorn::pop3::ParseOptionalMessage,
        posthorn::pop3::ParseMessage, posthorn::pop3::ParseMessageAndLines,
        posthorn::pop3::ParseText, posthorn::pop3::ParseSasl}) {
    TestArguments(parse, command->arguments);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view line(reinterpret_cast<const char*>(data), size);
  TestCommand(line);
  const auto response = posthorn::pop3::DecodeSaslResponse(line);
  Require(!response.ok() || response->size() <= size);
  return 0;
}
