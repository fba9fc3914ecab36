#include "mail/encoded_word.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/charset.h"
#include "mail/header.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxCharsetName = 64;

struct EncodedWord {
  absl::string_view charset;
  char encoding = 0;  // 'b' or 'q'
  absl::string_view text;
  size_t size = 0;  // of all of it, "=?" to "?="
};

// The encoded word at the start of `text`, which starts with "=?". Looks no further than the
// third question mark from there, which keeps the whole linear.
std::optional<EncodedWord> ReadEncodedWord(absl::string_view text) {
  const size_t charset_end = text.find('?', 2);
  if (charset_end == absl::string_view::npos || charset_end == 2 ||
      charset_end - 2 > kMaxCharsetName || charset_end + 3 >= text.size() ||
      text[charset_end + 2] != '?') {
    return std::nullopt;
  }
  EncodedWord word;
  word.charset = text.substr(2, charset_end - 2);
  // RFC 2231 5: a language may follow the charset.
  word.charset = word.charset.substr(0, word.charset.find('*'));
  word.encoding = absl::ascii_tolower(text[charset_end + 1]);
  const size_t text_start = charset_end + 3;
  const size_t text_end = text.find('?', text_start);
  if ((word.encoding != 'b' && word.encoding != 'q') || text_end == absl::string_view::npos ||
      text_end + 1 >= text.size() || text[text_end + 1] != '=') {
    return std::nullopt;
  }
  word.text = text.substr(text_start, text_end - text_start);
  word.size = text_end + 2;
  return word;
}

std::string DecodeOctets(const EncodedWord& word) {
  std::string out;
  if (word.encoding == 'b') {
    TransferDecoder decoder(TransferEncoding::kBase64);
    decoder.Feed(word.text, &out);
    decoder.Finish(&out);
    return out;
  }
  // RFC 2047 4.2: "_" is a space; no soft line breaks, no white space to drop.
  for (size_t i = 0; i < word.text.size(); ++i) {
    const char c = word.text[i];
    if (c == '_') {
      out.push_back(' ');
    } else if (c == '=' && i + 2 < word.text.size() && absl::ascii_isxdigit(word.text[i + 1]) &&
               absl::ascii_isxdigit(word.text[i + 2])) {
      out += absl::HexStringToBytes(word.text.substr(i + 1, 2));
      i += 2;
    } else {
      out.push_back(c);
    }
  }
  return out;
}

bool IsBlank(absl::string_view text) {
  return text.find_first_not_of(" \t\r\n") == absl::string_view::npos;
}

// Puts the pieces of a value together. Octets of neighbouring words of one charset pass through one
// converter, so that a character may be split between them.
class Output {
 public:
  void Plain(absl::string_view text) {
    EndWords();
    if (text.empty()) {
      return;
    }
    // 8-bit text without a charset: UTF-8 (RFC 6532) if it can be, else what most senders mean.
    out_ += IsValidUtf8(text) ? std::string(text) : ToUtf8(text, "windows-1252");
  }

  void Word(const EncodedWord& word) {
    if (!decoder_.has_value() || !absl::EqualsIgnoreCase(charset_, word.charset)) {
      EndWords();
      decoder_.emplace(word.charset);
      charset_ = std::string(word.charset);
    }
    decoder_->Feed(DecodeOctets(word), &out_);
  }

  std::string Finish() {
    EndWords();
    return std::move(out_);
  }

 private:
  void EndWords() {
    if (decoder_.has_value()) {
      decoder_->Finish(&out_);
      decoder_.reset();
    }
  }

  std::string out_;
  std::optional<CharsetDecoder> decoder_;
  std::string charset_;
};

bool IsCharacterStart(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::string DecodeHeaderText(absl::string_view raw_value) {
  const std::string unfolded = Unfold(raw_value);
  const absl::string_view text = unfolded;
  Output output;
  size_t plain_start = 0;
  bool after_word = false;
  size_t at = text.find("=?");
  while (at != absl::string_view::npos) {
    const std::optional<EncodedWord> word = ReadEncodedWord(text.substr(at));
    // A charset that is not known tells nothing: the word stays as it is (RFC 2047 6.2).
    if (!word.has_value() || !IsKnownCharset(word->charset)) {
      at = text.find("=?", at + 1);
      continue;
    }
    const absl::string_view between = text.substr(plain_start, at - plain_start);
    // RFC 2047 6.2: white space between adjacent encoded words is not shown.
    if (!after_word || !IsBlank(between)) {
      output.Plain(between);
    }
    output.Word(*word);
    after_word = true;
    plain_start = at + word->size;
    at = text.find("=?", plain_start);
  }
  output.Plain(text.substr(plain_start));
  return output.Finish();
}

std::string EncodeHeaderText(absl::string_view text) {
  bool plain = !absl::StrContains(text, "=?");
  for (const char c : text) {
    plain = plain && c >= ' ' && c < 0x7f;
  }
  if (plain) {
    return std::string(text);
  }
  // 75 octets less "=?UTF-8?B?" and "?=" hold 63 of base64, i.e. 45 octets (RFC 2047 2). Characters
  // are not split between words (RFC 2047 5).
  constexpr size_t kMaxOctets = 45;
  const std::string utf8 = ToUtf8(text, "utf-8");
  std::string out;
  for (size_t start = 0; start < utf8.size();) {
    size_t end = std::min(start + kMaxOctets, utf8.size());
    while (end < utf8.size() && !IsCharacterStart(utf8[end])) {
      --end;
    }
    absl::StrAppend(&out, out.empty() ? "" : "\r\n ", "=?UTF-8?B?",
                    absl::Base64Escape(absl::string_view(utf8).substr(start, end - start)), "?=");
    start = end;
  }
  return out;
}

}  // namespace posthorn::mail
