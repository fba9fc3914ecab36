// Fuzzes everything that reads a command line.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/parser/bdat.h"
#include "smtp-gateway/parser/command_line.h"
#include "smtp-gateway/parser/delivery_time.h"
#include "smtp-gateway/parser/dsn.h"
#include "smtp-gateway/parser/hello.h"
#include "smtp-gateway/parser/message_class.h"
#include "smtp-gateway/parser/parameters.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/parser/xclient.h"

namespace {

using namespace posthorn::smtp;  // NOLINT: a fuzz target of this namespace

void Check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

// What goes on into notifications and logs holds no control character.
void CheckPrintable(const std::optional<std::string>& text) {
  for (const char c : text.value_or("")) {
    Check(static_cast<unsigned char>(c) >= ' ' && c != 0x7f);
  }
}

void ParseExtensionValue(std::string_view value) {
  CheckPrintable(ParseEnvelopeId(value));
  CheckPrintable(ParseOriginalRecipient(value));
  ParseNotify(value);
  ParseDeliverBy(value);
  ParseHoldFor(value);
  ParseHoldUntil(value);
  ParsePriority(value);
  AreSolicitationKeywords(value);
}

void ParsePathAndParameters(std::string_view arguments) {
  Path path;
  if (ParsePath(&arguments, &path) != PathError::kNone) {
    return;
  }
  Check(path.null || !path.text.empty());
  Check(path.text.find_first_of("\r\n") == std::string::npos);
  std::vector<Parameter> parameters;
  if (ParseParameters(arguments, &parameters)) {
    for (const Parameter& parameter : parameters) {
      Check(!parameter.keyword.empty());
      if (parameter.value) {
        Check(!parameter.value->empty());
        DecodeXtext(*parameter.value);
        ParseOctetCount(*parameter.value);
        ParseExtensionValue(*parameter.value);
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  while (true) {
    const LineResult found = FindLine(input, 2048);
    if (found.status != LineStatus::kLine) {
      return 0;
    }
    Check(found.line.find_first_of("\r\n") == std::string_view::npos);
    CommandLine command;
    if (ParseCommandLine(found.line, &command)) {
      Check(!command.verb.empty());
      ParseBdat(command.arguments);
      IsAcceptableHelloName(command.arguments);
      DecodeBase64(command.arguments);
      ParseXclient(command.arguments);
      std::string_view arguments = command.arguments;
      if (ConsumeKeyword("FROM:", &arguments) || ConsumeKeyword("TO:", &arguments)) {
        ParsePathAndParameters(arguments);
      }
    }
    input.remove_prefix(found.line.size() + 2);
  }
}
