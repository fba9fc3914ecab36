#include "mailctl/command_line.h"

#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::mailctl {
namespace {

constexpr absl::string_view kPrefix = "POSTHORN_MAILCTL_";

struct TextOption {
  absl::string_view name;
  std::string CommandLine::* value;
  bool of_command = true;  // not read from the environment
};
constexpr TextOption kTextOptions[] = {
    {"mailstore", &CommandLine::mailstore, false},
    {"rpc_ca_file", &CommandLine::ca_file, false},
    {"rpc_cert_file", &CommandLine::cert_file, false},
    {"rpc_key_file", &CommandLine::key_file, false},
    {"quota", &CommandLine::quota},
    {"messages", &CommandLine::messages},
    {"mailboxes", &CommandLine::mailboxes},
    {"site", &CommandLine::site},
    {"from", &CommandLine::from},
    {"to", &CommandLine::to},
    {"limit", &CommandLine::limit},
    {"tls", &CommandLine::tls},
    {"user", &CommandLine::user},
    {"cert", &CommandLine::client_cert},
    {"key", &CommandLine::client_key},
    {"algorithm", &CommandLine::algorithm},
    {"selector", &CommandLine::selector},
    {"hostname", &CommandLine::hostname},
};

struct SwitchOption {
  absl::string_view name;
  bool CommandLine::* value;
};
constexpr SwitchOption kSwitches[] = {
    {"batch", &CommandLine::batch}, {"json", &CommandLine::json}, {"help", &CommandLine::help},
    {"lmtp", &CommandLine::lmtp},   {"sign", &CommandLine::sign}, {"today", &CommandLine::today},
};

template <class Option, size_t n>
const Option* Find(const Option (&options)[n], absl::string_view name) {
  for (const Option& option : options) {
    if (option.name == name) {
      return &option;
    }
  }
  return nullptr;
}

absl::Status ApplyEnvironment(const std::map<std::string, std::string>& environment,
                              CommandLine& line) {
  for (const auto& [variable, value] : environment) {
    if (!absl::StartsWith(variable, kPrefix)) {
      continue;
    }
    const std::string name = absl::AsciiStrToLower(absl::StripPrefix(variable, kPrefix));
    const TextOption* option = Find(kTextOptions, name);
    if (option == nullptr || option->of_command) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown setting ", variable, " in the environment"));
    }
    line.*option->value = value;
  }
  return absl::OkStatus();
}

// The option at arguments[i] without its dashes, and its value, which may be the next argument.
absl::Status ApplyOption(const std::vector<std::string>& arguments, size_t& i, CommandLine& line) {
  absl::string_view name = arguments[i];
  absl::ConsumePrefix(&name, "--");
  const size_t equals = name.find('=');
  const bool has_value = equals != absl::string_view::npos;
  std::string value = has_value ? std::string(name.substr(equals + 1)) : std::string();
  name = name.substr(0, equals);
  if (const SwitchOption* option = Find(kSwitches, name); option != nullptr) {
    line.*option->value = true;
    return has_value ? absl::InvalidArgumentError(absl::StrCat("--", name, " takes no value"))
                     : absl::OkStatus();
  }
  const TextOption* text = Find(kTextOptions, name);
  if (text == nullptr && name != "timeout") {
    return absl::InvalidArgumentError(absl::StrCat("unknown option --", name));
  }
  if (!has_value) {
    if (i + 1 == arguments.size()) {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value"));
    }
    value = arguments[++i];
  }
  if (text != nullptr) {
    line.*text->value = value;
    return absl::OkStatus();
  }
  if (!absl::SimpleAtoi(value, &line.timeout_seconds) || line.timeout_seconds < 1 ||
      line.timeout_seconds > 86'400) {
    return absl::InvalidArgumentError("--timeout is a number of seconds");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(
    const std::vector<std::string>& arguments,
    const std::map<std::string, std::string>& environment) {
  CommandLine line;
  if (absl::Status status = ApplyEnvironment(environment, line); !status.ok()) {
    return status;
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--") {
      line.words.insert(line.words.end(), arguments.begin() + static_cast<ptrdiff_t>(i) + 1,
                        arguments.end());
      break;
    }
    if (arguments[i] == "-h") {
      line.help = true;
    } else if (absl::StartsWith(arguments[i], "--")) {
      if (absl::Status status = ApplyOption(arguments, i, line); !status.ok()) {
        return status;
      }
    } else {
      line.words.push_back(arguments[i]);
    }
  }
  return line;
}

absl::StatusOr<uint64_t> ParseSize(absl::string_view text) {
  if (text == "none") {
    return 0;
  }
  int shift = 0;
  if (!text.empty()) {
    const size_t unit = absl::string_view("KMGT").find(absl::ascii_toupper(text.back()));
    if (unit != absl::string_view::npos) {
      shift = 10 * (static_cast<int>(unit) + 1);
      text.remove_suffix(1);
    }
  }
  uint64_t number = 0;
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  // SimpleAtoi takes signs and spaces, a size has none.
  if (text.empty() || !absl::ascii_isdigit(text.front()) || !absl::ascii_isdigit(text.back()) ||
      !absl::SimpleAtoi(text, &number) || number > kMax >> shift) {
    return absl::InvalidArgumentError("a size is a number of octets, or of K, M, G or T: 500M");
  }
  return number << shift;
}

}  // namespace posthorn::mailctl
