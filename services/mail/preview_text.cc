#include "mail/preview_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

// Elements whose content is not shown.
constexpr std::array<absl::string_view, 6> kHidden = {"head",  "script", "style",
                                                      "title", "svg",    "template"};
// Elements that stand within a line of text.
constexpr std::array<absl::string_view, 16> kInline = {
    "a",   "abbr", "b",     "big",  "code", "em",  "font", "i",
    "img", "s",    "small", "span", "sub",  "sup", "u",    "strong"};

struct Entity {
  absl::string_view name;
  UChar32 character;
};
constexpr Entity kEntities[] = {
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},
    {"nbsp", ' '},     {"copy", 0xa9},    {"reg", 0xae},     {"laquo", 0xab},   {"raquo", 0xbb},
    {"middot", 0xb7},  {"auml", 0xe4},    {"ouml", 0xf6},    {"uuml", 0xfc},    {"Auml", 0xc4},
    {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"szlig", 0xdf},   {"eacute", 0xe9},  {"egrave", 0xe8},
    {"agrave", 0xe0},  {"ccedil", 0xe7},  {"ndash", 0x2013}, {"mdash", 0x2014}, {"lsquo", 0x2018},
    {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d}, {"bull", 0x2022},  {"hellip", 0x2026},
    {"euro", 0x20ac},  {"trade", 0x2122}, {"zwnj", 0x200c},  {"zwj", 0x200d},   {"shy", 0xad},
};
constexpr size_t kMaxEntity = 10;

// Characters that take no room and pad the previews of newsletters.
bool IsInvisible(UChar32 c) {
  return c == 0xad || c == 0x34f || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

bool IsSpace(UChar32 c) {
  return c <= ' ' || (c >= 0x7f && c <= 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

// Appends what "&name;" at the start of `html` stands for; how many octets it took, 0 if it is
// none.
size_t TakeEntity(absl::string_view html, std::string& out) {
  const size_t end = html.substr(0, kMaxEntity + 2).find(';');
  if (end == absl::string_view::npos || end < 2) {
    return 0;
  }
  absl::string_view name = html.substr(1, end - 1);
  if (name.front() == '#') {
    name.remove_prefix(1);
    const bool hex = absl::StartsWithIgnoreCase(name, "x");
    uint32_t character = 0;
    const bool valid =
        hex ? absl::SimpleHexAtoi(name.substr(1), &character) : absl::SimpleAtoi(name, &character);
    if (!valid) {
      return 0;
    }
    AppendCodePoint(
        character == 0 || character > 0x10ffff ? 0xfffd : static_cast<UChar32>(character), &out);
    return end + 1;
  }
  for (const Entity& entity : kEntities) {
    if (entity.name == name) {
      AppendCodePoint(entity.character, &out);
      return end + 1;
    }
  }
  return 0;
}

// Reads the text of an HTML document.
class HtmlReader {
 public:
  explicit HtmlReader(absl::string_view html) : html_(html) {}

  std::string Read() {
    while (at_ < html_.size()) {
      const char c = html_[at_];
      if (c == '<') {
        SkipMarkup();
      } else if (const size_t taken = c == '&' ? TakeEntity(html_.substr(at_), text_) : 0;
                 taken > 0) {
        at_ += taken;
      } else {
        // RFC 8970 has no line ends to keep: in HTML they are spaces.
        text_.push_back(c == '\r' || c == '\n' ? ' ' : c);
        ++at_;
      }
    }
    return std::move(text_);
  }

 private:
  void SkipTo(absl::string_view end) {
    const size_t found = html_.find(end, at_);
    at_ = found == absl::string_view::npos ? html_.size() : found + end.size();
  }

  void SkipMarkup() {
    const absl::string_view rest = html_.substr(at_);
    if (absl::StartsWith(rest, "<!--")) {
      SkipTo("-->");
      return;
    }
    const bool closes = rest.size() > 1 && rest[1] == '/';
    size_t end = closes ? 2 : 1;
    const size_t begin = end;
    while (end < rest.size() && absl::ascii_isalnum(static_cast<unsigned char>(rest[end]))) {
      ++end;
    }
    if (end == begin && !closes && !absl::StartsWith(rest, "<!") && !absl::StartsWith(rest, "<?")) {
      text_.push_back('<');
      ++at_;
      return;
    }
    const std::string name = absl::AsciiStrToLower(rest.substr(begin, end - begin));
    SkipTag();
    if (!closes && std::find(kHidden.begin(), kHidden.end(), name) != kHidden.end()) {
      SkipElement(name);
    }
    if (std::find(kInline.begin(), kInline.end(), name) == kInline.end()) {
      text_.push_back('\n');
    }
  }

  // To behind the '>' that is in no attribute's value.
  void SkipTag() {
    char quote = '\0';
    for (; at_ < html_.size(); ++at_) {
      const char c = html_[at_];
      if (quote != '\0') {
        quote = c == quote ? '\0' : quote;
      } else if (c == '"' || c == '\'') {
        quote = html_[at_ - 1] == '=' ? c : '\0';
      } else if (c == '>') {
        ++at_;
        return;
      }
    }
  }

  void SkipElement(const std::string& name) {
    while (at_ < html_.size()) {
      SkipTo("</");
      if (absl::StartsWithIgnoreCase(html_.substr(at_), name)) {
        SkipTag();
        return;
      }
    }
  }

  const absl::string_view html_;
  size_t at_ = 0;
  std::string text_;
};

// The characters of a text until there are enough of them.
class Collector {
 public:
  bool full() const { return characters_ >= kPreviewCharacters; }
  std::string Take() { return std::move(text_); }

  void Add(absl::string_view text) {
    for (size_t at = 0; at < text.size() && !full();) {
      const UChar32 c = NextCodePoint(text, &at);
      if (c >= 0 && IsInvisible(c)) {
        continue;
      }
      if (c >= 0 && IsSpace(c)) {
        space_ = !text_.empty();
        continue;
      }
      if (space_) {
        text_.push_back(' ');
        ++characters_;
        space_ = false;
        if (full()) {
          text_.pop_back();
          return;
        }
      }
      AppendCodePoint(c < 0 ? 0xfffd : c, &text_);
      ++characters_;
    }
  }

 private:
  std::string text_;
  size_t characters_ = 0;
  bool space_ = false;  // before the next character
};

std::string Collect(absl::string_view text, bool skip_quoted) {
  Collector collector;
  while (!text.empty() && !collector.full()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const absl::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (skip_quoted && absl::StartsWith(line, ">")) {
      continue;
    }
    // RFC 3676 4.3: the line before a signature.
    if (skip_quoted && (line == "-- \r\n" || line == "-- \n")) {
      break;
    }
    collector.Add(line);
  }
  return collector.Take();
}

}  // namespace

std::string HtmlToText(absl::string_view html) { return HtmlReader(html).Read(); }

std::string PreviewText(absl::string_view utf8, bool html) {
  if (html) {
    return Collect(HtmlToText(utf8), false);
  }
  std::string text = Collect(utf8, true);
  return text.empty() ? Collect(utf8, false) : text;
}

}  // namespace posthorn::mail
