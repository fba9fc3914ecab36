#include "smtp-gateway/filter/refusal.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthorn::filter {
namespace {

constexpr size_t kMaxReplyText = 300;

}  // namespace

const char* NameOf(Action action) {
  switch (action) {
    case Action::kDeliver:
      return "deliver";
    case Action::kJunk:
      return "junk";
    case Action::kReject:
      return "reject";
    case Action::kTempfail:
      return "tempfail";
    case Action::kDiscard:
      return "discard";
  }
  return "";
}

Verdict Refusal(Action action, uint16_t code, absl::string_view text) {
  Verdict verdict;
  verdict.action = action;
  verdict.code = code;
  verdict.status = action == Action::kReject ? "5.7.1" : "4.7.1";
  verdict.text = std::string(text);
  return verdict;
}

std::string ReplyText(absl::string_view text, absl::string_view otherwise) {
  std::string line;
  for (const char c : text.substr(0, kMaxReplyText)) {
    line += c >= ' ' && c < 0x7f ? c : '?';
  }
  absl::StripAsciiWhitespace(&line);
  return line.empty() ? std::string(otherwise) : line;
}

std::string ReplyLines(absl::string_view text, absl::string_view otherwise) {
  if (!absl::StrContains(text, '\n')) {
    return ReplyText(text, otherwise);
  }
  std::string lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&lines, lines.empty() ? "" : "\n", ReplyText(line, " "));
  }
  return lines;
}

}  // namespace posthorn::filter
