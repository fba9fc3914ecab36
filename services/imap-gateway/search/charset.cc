#include "imap-gateway/search/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <memory>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxCharsetName = 60;

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

Converter Open(absl::string_view charset) {
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = nullptr;
  if (!charset.empty() && charset.size() <= kMaxCharsetName && !absl::StrContains(charset, ',')) {
    converter = ucnv_open(std::string(charset).c_str(), &error);
  }
  return {U_SUCCESS(error) ? converter : nullptr, &ucnv_close};
}

bool IsUnicodeOrAscii(absl::string_view charset) {
  return charset.empty() || IsUtf8Charset(charset);
}

}  // namespace

bool IsUtf8(absl::string_view octets) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(octets.data());
  const auto length = static_cast<std::int32_t>(octets.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(data, at, length, c);
    if (c < 0) {
      return false;
    }
  }
  return true;
}

bool IsUtf8Charset(absl::string_view charset) {
  return absl::EqualsIgnoreCase(charset, "UTF-8") || absl::EqualsIgnoreCase(charset, "US-ASCII");
}

std::string CharsetList() {
  return "BADCHARSET (US-ASCII UTF-8 UTF-7 "
         "ISO-8859-1 ISO-8859-2 ISO-8859-3 ISO-8859-4 ISO-8859-5 ISO-8859-6 ISO-8859-7 ISO-8859-8 "
         "ISO-8859-9 ISO-8859-10 ISO-8859-13 ISO-8859-14 ISO-8859-15 windows-1250 windows-1251 "
         "windows-1252 windows-1253 windows-1254 windows-1255 windows-1256 windows-1257 "
         "windows-1258 KOI8-R KOI8-U GB2312 GBK GB18030 Big5 Shift_JIS EUC-JP ISO-2022-JP EUC-KR "
         "ISO-2022-KR TIS-620)";
}

bool IsKnownCharset(absl::string_view charset) {
  return IsUnicodeOrAscii(charset) || Open(charset) != nullptr;
}

std::optional<std::string> SearchTextToUtf8(absl::string_view octets, absl::string_view charset) {
  if (IsUnicodeOrAscii(charset)) {
    return IsUtf8(octets) ? std::optional(std::string(octets)) : std::nullopt;
  }
  const Converter converter = Open(charset);
  if (!converter) {
    return std::nullopt;
  }
  UErrorCode error = U_ZERO_ERROR;
  ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  const icu::UnicodeString text(octets.data(), static_cast<std::int32_t>(octets.size()),
                                converter.get(), error);
  if (U_FAILURE(error)) {
    return std::nullopt;
  }
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

}  // namespace posthorn::imap
