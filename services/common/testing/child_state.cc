#include "common/testing/child_state.h"

#include <stdio.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace posthorn::testing_support {
namespace {

namespace fs = std::filesystem;

// Empty when it cannot be read: threads and processes end at any time.
std::string Read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return std::string(absl::StripSuffix(text.str(), "\n"));
}

std::vector<fs::path> Entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    entries.push_back(it->path());
  }
  return entries;
}

// From the third field of /proc/PID/stat on: state, parent, ... The second is the name, which may
// hold anything (proc(5)).
std::vector<std::string> StatFields(const fs::path& process) {
  const std::string stat = Read(process / "stat");
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) {
    return {"?", "?"};
  }
  return absl::StrSplit(stat.substr(name_end + 2), ' ');
}

std::string Stacks(absl::string_view pid) {
  const std::string command = absl::StrCat(
      "command -v gdb >/dev/null && timeout 60 gdb -nx -batch -ex 'thread apply all bt' -p ", pid,
      " 2>&1 </dev/null");
  FILE* const output = ::popen(command.c_str(), "r");
  if (output == nullptr) {
    return "";
  }
  std::string text;
  char buffer[4096];
  while (const size_t count = ::fread(buffer, 1, sizeof buffer, output)) {
    text.append(buffer, count);
  }
  ::pclose(output);
  return text;
}

}  // namespace

std::string DescribeChildren() {
  std::string text;
  const std::string self = absl::StrCat(::getpid());
  for (const fs::path& process : Entries("/proc")) {
    const std::string pid = process.filename();
    int64_t number = 0;
    if (!absl::SimpleAtoi(pid, &number) || StatFields(process)[1] != self) {
      continue;
    }
    absl::StrAppend(&text, "\nprocess ", pid, " ", Read(process / "comm"), "\n");
    for (const fs::path& thread : Entries(process / "task")) {
      absl::StrAppend(&text, "  ", thread.filename().string(), " ", Read(thread / "comm"),
                      " state ", StatFields(thread)[0], " wchan ", Read(thread / "wchan"),
                      " syscall ", Read(thread / "syscall"), "\n");
    }
    absl::StrAppend(&text, Stacks(pid));
  }
  return text.empty() ? "\nno program that this process started is running" : text;
}

}  // namespace posthorn::testing_support
