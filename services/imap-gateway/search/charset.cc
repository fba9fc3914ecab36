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
  return charset.empty() || absl::EqualsIgnoreCase(charset, "UTF-8") ||
         absl::EqualsIgnoreCase(charset, "US-ASCII");
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
