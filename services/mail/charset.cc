#include "mail/charset.h"

#include <unicode/ucnv.h>

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";

// Appends `text` with every maximal broken sequence replaced by U+FFFD. Returns how many octets at
// the end begin a character that is not complete; those are not appended.
size_t AppendSanitized(absl::string_view text, std::string* out) {
  while (!text.empty()) {
    const size_t ascii = AsciiPrefix(text);
    out->append(text.data(), ascii);
    text.remove_prefix(ascii);
    size_t next = 0;
    while (next < text.size() && static_cast<unsigned char>(text[next]) >= 0x80) {
      const size_t start = next;
      if (NextCodePoint(text, &next) >= 0) {
        out->append(text.data() + start, next - start);
      } else if (next == text.size() && U8_IS_LEAD(static_cast<uint8_t>(text[start]))) {
        return next - start;
      } else {
        out->append(kReplacement.data(), kReplacement.size());
      }
    }
    text.remove_prefix(next);
  }
  return 0;
}

struct Alias {
  absl::string_view name;
  absl::string_view meant;
};

// Labels that mail uses for a superset of what they name (as the WHATWG encoding standard has it).
constexpr std::array<Alias, 12> kAliases = {{{"iso-8859-1", "windows-1252"},
                                             {"iso_8859-1", "windows-1252"},
                                             {"latin1", "windows-1252"},
                                             {"iso-8859-9", "windows-1254"},
                                             {"iso-8859-11", "windows-874"},
                                             {"tis-620", "windows-874"},
                                             {"gb2312", "gb18030"},
                                             {"gbk", "gb18030"},
                                             {"ks_c_5601-1987", "windows-949"},
                                             {"euc-kr", "windows-949"},
                                             {"shift_jis", "windows-31j"},
                                             {"shift-jis", "windows-31j"}}};

bool IsUtf8Name(absl::string_view lower) {
  return lower == "utf-8" || lower == "utf8" || lower == "us-ascii" || lower == "ascii" ||
         lower == "ansi_x3.4-1968";
}

// Names go to ICU as they come from mail, so only those of a charset's form do: ICU reads more
// into a comma.
bool IsCharsetName(absl::string_view lower) {
  if (lower.empty() || lower.size() > 40) {
    return false;
  }
  for (const char c : lower) {
    if (!absl::ascii_isalnum(c) && absl::string_view("-_.:+").find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return true;
}

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};
using ConverterPtr = std::unique_ptr<UConverter, CloseConverter>;

// Nothing for UTF-8 and for what is unknown.
ConverterPtr OpenConverter(absl::string_view charset) {
  std::string name = absl::AsciiStrToLower(absl::StripAsciiWhitespace(charset));
  if (!IsCharsetName(name) || IsUtf8Name(name)) {
    return nullptr;
  }
  for (const Alias& alias : kAliases) {
    if (name == alias.name) {
      name = std::string(alias.meant);
      break;
    }
  }
  UErrorCode error = U_ZERO_ERROR;
  ConverterPtr converter(ucnv_open(name.c_str(), &error));
  return U_SUCCESS(error) ? std::move(converter) : nullptr;
}

}  // namespace

bool IsKnownCharset(absl::string_view charset) {
  return IsUtf8Name(absl::AsciiStrToLower(charset)) || OpenConverter(charset) != nullptr;
}

struct CharsetDecoder::Converter {
  ConverterPtr icu;     // nullptr: UTF-8
  std::string pending;  // UTF-8: the start of a character
  UChar32 lead = 0;     // ICU: the first half of a surrogate pair

  void FeedIcu(absl::string_view frame, bool flush, std::string* out);
  void AppendUtf16(const UChar* units, const UChar* end, std::string* out);
};

void CharsetDecoder::Converter::AppendUtf16(const UChar* units, const UChar* end,
                                            std::string* out) {
  for (; units < end; ++units) {
    const UChar32 unit = *units;
    if (lead != 0 && U16_IS_TRAIL(unit)) {
      AppendCodePoint(U16_GET_SUPPLEMENTARY(lead, unit), out);
      lead = 0;
      continue;
    }
    if (lead != 0) {
      out->append(kReplacement.data(), kReplacement.size());
      lead = 0;
    }
    if (U16_IS_LEAD(unit)) {
      lead = unit;
    } else if (U16_IS_TRAIL(unit)) {
      out->append(kReplacement.data(), kReplacement.size());
    } else {
      AppendCodePoint(unit, out);
    }
  }
}

void CharsetDecoder::Converter::FeedIcu(absl::string_view frame, bool flush, std::string* out) {
  std::array<UChar, 1024> buffer;
  const char* source = frame.data();
  const char* const source_end = source + frame.size();
  UErrorCode error = U_BUFFER_OVERFLOW_ERROR;
  while (error == U_BUFFER_OVERFLOW_ERROR) {
    error = U_ZERO_ERROR;
    UChar* target = buffer.data();
    ucnv_toUnicode(icu.get(), &target, buffer.data() + buffer.size(), &source, source_end, nullptr,
                   flush ? 1 : 0, &error);
    AppendUtf16(buffer.data(), target, out);
  }
  if (flush && lead != 0) {
    out->append(kReplacement.data(), kReplacement.size());
    lead = 0;
  }
}

CharsetDecoder::CharsetDecoder(absl::string_view charset)
    : converter_(std::make_unique<Converter>()) {
  converter_->icu = OpenConverter(charset);
}
CharsetDecoder::~CharsetDecoder() = default;
CharsetDecoder::CharsetDecoder(CharsetDecoder&&) noexcept = default;
CharsetDecoder& CharsetDecoder::operator=(CharsetDecoder&&) noexcept = default;

void CharsetDecoder::Feed(absl::string_view frame, std::string* out) {
  if (converter_->icu != nullptr) {
    converter_->FeedIcu(frame, /*flush=*/false, out);
    return;
  }
  std::string& pending = converter_->pending;
  while (!pending.empty() && !frame.empty()) {
    pending.push_back(frame.front());
    frame.remove_prefix(1);
    const size_t left = AppendSanitized(pending, out);
    pending.erase(0, pending.size() - left);
  }
  const size_t left = AppendSanitized(frame, out);
  pending.append(frame.data() + (frame.size() - left), left);
}

void CharsetDecoder::Finish(std::string* out) {
  if (converter_->icu != nullptr) {
    converter_->FeedIcu({}, /*flush=*/true, out);
  } else if (!converter_->pending.empty()) {
    out->append(kReplacement.data(), kReplacement.size());
    converter_->pending.clear();
  }
}

std::string ToUtf8(absl::string_view text, absl::string_view charset) {
  std::string out;
  out.reserve(text.size());
  CharsetDecoder decoder(charset);
  decoder.Feed(text, &out);
  decoder.Finish(&out);
  return out;
}

bool IsValidUtf8(absl::string_view text) {
  size_t i = AsciiPrefix(text);
  while (i < text.size()) {
    if (NextCodePoint(text, &i) < 0) {
      return false;
    }
    i += AsciiPrefix(text.substr(i));
  }
  return true;
}

}  // namespace posthorn::mail
