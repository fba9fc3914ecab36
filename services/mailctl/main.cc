// mailctl: the administrator's command line.
#include <grpc/support/log.h>
#include <unistd.h>

#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailctl/command_line.h"
#include "mailctl/commands.h"
#include "mailctl/mailstore.h"

namespace posthorn::mailctl {
namespace {

std::map<std::string, std::string> Environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string variable(*entry);
    const size_t equals = variable.find('=');
    if (equals != std::string::npos) {
      variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
    }
  }
  return variables;
}

ExitCode Fail(ExitCode code, absl::string_view message) {
  // One line, whatever the server's words were.
  std::string line(message);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      c = ' ';
    }
  }
  std::fprintf(stderr, "mailctl: %s\n", line.c_str());
  return code;
}

ExitCode FailWith(const CommandLine& line, const Mailstore& mailstore, const absl::Status& status) {
  if (!mailstore.asked()) {
    return Fail(kUsage, status.message());
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return Fail(kUnreachable,
                  absl::StrCat("mailstore at ", line.mailstore, ": ", status.message()));
    default:
      return Fail(kRefused, status.message());
  }
}

ExitCode Run(const std::vector<std::string>& arguments) {
  const absl::StatusOr<CommandLine> line = ParseCommandLine(arguments, Environment());
  if (!line.ok()) {
    return Fail(kUsage, line.status().message());
  }
  if (line->help || (!line->words.empty() && line->words[0] == "help")) {
    std::fputs(Help().c_str(), stdout);
    return kDone;
  }
  const Command* command = FindCommand(line->words);
  if (command == nullptr) {
    return Fail(kUsage, line->words.empty()
                            ? "no command given; see mailctl help"
                            : absl::StrCat("unknown command ", absl::StrJoin(line->words, " "),
                                           "; see mailctl help"));
  }
  const std::string name(command->name);
  const size_t own_words = name.find(' ') == std::string::npos ? 1 : 2;
  std::vector<std::string> rest(line->words.begin() + static_cast<ptrdiff_t>(own_words),
                                line->words.end());
  if (rest.size() < command->min_arguments || rest.size() > command->max_arguments) {
    return Fail(kUsage, absl::StrCat("usage: mailctl ", command->name, " ", command->arguments));
  }
  absl::StatusOr<Mailstore> mailstore = Mailstore::Open(*line);
  if (!mailstore.ok()) {
    return Fail(kUsage, mailstore.status().message());
  }
  Invocation invocation{*line, std::move(rest), *mailstore};
  const absl::StatusOr<std::string> output = command->run(invocation);
  if (!output.ok()) {
    return FailWith(*line, *mailstore, output.status());
  }
  std::fputs(output->c_str(), stdout);
  return std::fflush(stdout) == 0 ? kDone : Fail(kRefused, "stdout cannot be written");
}

}  // namespace
}  // namespace posthorn::mailctl

int main(int argc, char** argv) {
  // gRPC's own notes on connections are no answer to the administrator.
  gpr_set_log_verbosity(static_cast<gpr_log_severity>(GPR_LOG_SEVERITY_ERROR + 1));
  return posthorn::mailctl::Run({argv + 1, argv + argc});
}
