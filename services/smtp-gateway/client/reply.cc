#include "smtp-gateway/client/reply.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mail/utf8_text.h"

namespace posthorn::client {
namespace {

bool AllDigits(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) {
      return false;
    }
  }
  return !text.empty();
}

// RFC 3463 2: class "." subject "." detail, of the class that the code has.
bool IsStatusCode(absl::string_view text, int code) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '.');
  return parts.size() == 3 && parts[0] == absl::StrCat(code / 100) && AllDigits(parts[1]) &&
         AllDigits(parts[2]) && parts[1].size() <= 3 && parts[2].size() <= 3;
}

}  // namespace

std::string Printable(absl::string_view text, size_t limit) {
  std::string printable;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const int32_t c = mail::NextCodePoint(text, &i);
    const bool control = c < ' ' || (c >= 0x7F && c < 0xA0);  // what is not UTF-8 is negative
    const absl::string_view shown = c == '\t' ? " " : control ? "?" : text.substr(start, i - start);
    if (printable.size() + shown.size() > limit) {
      break;
    }
    absl::StrAppend(&printable, shown);
  }
  return printable;
}

std::string Reply::StatusCode() const {
  if (!lines.empty()) {
    const absl::string_view first = lines.front();
    const absl::string_view word = first.substr(0, first.find(' '));
    if (IsStatusCode(word, code)) {
      return std::string(word);
    }
  }
  return positive() ? "2.0.0" : permanent() ? "5.0.0" : "4.0.0";
}

std::string Reply::Text() const {
  std::string text = absl::StrCat(code);
  for (const std::string& line : lines) {
    absl::StrAppend(&text, " ", line);
  }
  return Printable(text);
}

absl::StatusOr<bool> ReplyParser::AddLine(absl::string_view line) {
  octets_ += line.size();
  absl::string_view rest = absl::StripSuffix(absl::StripSuffix(line, "\n"), "\r");
  if (line.size() > kMaxLine || octets_ > kMaxOctets || reply_.lines.size() >= kMaxLines) {
    return absl::InvalidArgumentError("a reply that is too long");
  }
  if (rest.size() < 3 || !AllDigits(rest.substr(0, 3)) || rest[0] < '2' || rest[0] > '5' ||
      (rest.size() > 3 && rest[3] != ' ' && rest[3] != '-')) {
    return absl::InvalidArgumentError("not a reply of SMTP");
  }
  const int code = (rest[0] - '0') * 100 + (rest[1] - '0') * 10 + (rest[2] - '0');
  // RFC 5321 4.2.1: all lines have the same code.
  if (!reply_.lines.empty() && code != reply_.code) {
    return absl::InvalidArgumentError("a reply with several codes");
  }
  reply_.code = code;
  const bool last = rest.size() == 3 || rest[3] == ' ';
  rest.remove_prefix(rest.size() == 3 ? 3 : 4);
  reply_.lines.emplace_back(rest);
  return last;
}

Reply ReplyParser::TakeReply() {
  octets_ = 0;
  return std::exchange(reply_, {});
}

}  // namespace posthorn::client
