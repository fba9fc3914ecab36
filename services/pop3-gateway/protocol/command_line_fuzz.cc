// Whatever a client sends: the parsers accept or refuse it, and what they accept keeps its
// promises.
#include <cstdint>
#include <cstdlib>

#include "pop3-gateway/commands/command.h"
#include "pop3-gateway/protocol/command_line.h"
#include "pop3-gateway/protocol/sasl_response.h"

using posthorn::pop3::CommandRow;

namespace {

void Require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void TestCommand(absl::string_view line) {
  const auto command = posthorn::pop3::ParseCommandLine(line);
  if (!command.ok()) {
    Require(!command.status().message().empty());
    return;
  }
  Require(command->keyword.size() >= 3 && command->keyword.size() <= 4);
  Require(line.ends_with(command->arguments));
  const CommandRow* row = posthorn::pop3::FindCommand(command->keyword);
  if (row == nullptr) {
    return;
  }
  const auto arguments = row->parse(command->arguments);
  if (!arguments.ok()) {
    // It goes to the client as it is.
    Require(arguments.status().message().find_first_of("\r\n") == absl::string_view::npos);
    return;
  }
  if (row->keyword == "RETR" || row->keyword == "DELE" || row->keyword == "TOP") {
    Require(arguments->message >= 1);
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
