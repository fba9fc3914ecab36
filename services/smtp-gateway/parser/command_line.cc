#include "smtp-gateway/parser/command_line.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::smtp {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view StripBlanks(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

bool HasControl(std::string_view line) {
  for (const char c : line) {
    const auto octet = static_cast<unsigned char>(c);
    if ((octet < 0x20 && octet != '\t') || octet == 0x7f) {
      return true;
    }
  }
  return false;
}

}  // namespace

LineResult FindLine(std::string_view buffered, size_t limit) {
  const std::string_view window = buffered.substr(0, limit);
  const size_t cr = window.find('\r');
  const size_t lf = window.substr(0, cr).find('\n');
  if (lf != std::string_view::npos) {
    return {LineStatus::kBareLineEnd, {}};
  }
  if (cr == std::string_view::npos || cr + 1 == window.size()) {
    return {buffered.size() >= limit ? LineStatus::kTooLong : LineStatus::kIncomplete, {}};
  }
  if (window[cr + 1] != '\n') {
    return {LineStatus::kBareLineEnd, {}};
  }
  return {LineStatus::kLine, window.substr(0, cr)};
}

bool ParseCommandLine(std::string_view line, CommandLine* command) {
  if (line.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(line.front())) ||
      HasControl(line)) {
    return false;
  }
  size_t end = 0;
  while (end < line.size() && !IsBlank(line[end])) ++end;
  command->verb = line.substr(0, end);
  command->arguments = StripBlanks(line.substr(end));
  return true;
}

bool ConsumeKeyword(std::string_view keyword, std::string_view* arguments) {
  if (!EqualsIgnoreCase(arguments->substr(0, keyword.size()), keyword)) {
    return false;
  }
  arguments->remove_prefix(keyword.size());
  *arguments = StripBlanks(*arguments);
  return true;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase({a.data(), a.size()}, {b.data(), b.size()});
}

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace posthorn::smtp
