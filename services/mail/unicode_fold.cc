// The Unicode foldings of charset.h.
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

#include <array>
#include <vector>

#include "absl/strings/ascii.h"
#include "mail/charset.h"
#include "mail/utf8_text.h"

namespace posthorn::mail {
namespace {

bool IsAscii(absl::string_view text) { return AsciiPrefix(text) == text.size(); }

// Without a branch, so that the compiler does many octets at once.
void AppendUpper(absl::string_view ascii, std::string* out) {
  const size_t before = out->size();
  out->append(ascii.data(), ascii.size());
  char* const to = out->data() + before;
  for (size_t i = 0; i < ascii.size(); ++i) {
    const auto c = static_cast<unsigned char>(to[i]);
    to[i] = static_cast<char>(c - (static_cast<unsigned char>(c - 'a') < 26 ? 32 : 0));
  }
}

// RFC 5051 2: title case, then the full decomposition, whose characters are put to title case in
// turn (so that a ligature finds its letters).
void AppendFolded(const UNormalizer2* nfkd, UChar32 c, std::string* out) {
  c = u_totitle(c);
  // The longest decomposition of one character, U+FDFA, has 18.
  std::array<UChar, 32> units;
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length = unorm2_getDecomposition(nfkd, c, units.data(), units.size(), &error);
  if (length < 0 || U_FAILURE(error)) {
    AppendCodePoint(c, out);
    return;
  }
  int32_t i = 0;
  while (i < length) {
    UChar32 part;
    U16_NEXT(units.data(), i, length, part);
    AppendCodePoint(u_totitle(part), out);
  }
}

std::vector<UChar> ToUtf16(absl::string_view utf8) {
  std::vector<UChar> units(utf8.size() + 1);
  int32_t length = 0;
  UErrorCode error = U_ZERO_ERROR;
  u_strFromUTF8WithSub(units.data(), static_cast<int32_t>(units.size()), &length, utf8.data(),
                       static_cast<int32_t>(utf8.size()), 0xFFFD, nullptr, &error);
  units.resize(U_SUCCESS(error) ? static_cast<size_t>(length) : 0);
  return units;
}

std::string NormalizeUnits(const std::vector<UChar>& units) {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
  std::vector<UChar> normal(units.size() * 4 + 16);
  const int32_t length =
      unorm2_normalize(nfc, units.data(), static_cast<int32_t>(units.size()), normal.data(),
                       static_cast<int32_t>(normal.size()), &error);
  std::string out;
  if (U_SUCCESS(error)) {
    for (int32_t i = 0; i < length;) {
      UChar32 c;
      U16_NEXT(normal.data(), i, length, c);
      AppendCodePoint(c, &out);
    }
  }
  return out;
}

}  // namespace

std::string FoldCase(absl::string_view utf8) {
  std::string out;
  out.reserve(utf8.size() + utf8.size() / 8);
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2* nfkd = unorm2_getNFKDInstance(&error);
  size_t i = 0;
  while (i < utf8.size()) {
    const size_t ascii = AsciiPrefix(utf8.substr(i));
    if (ascii > 0) {
      AppendUpper(utf8.substr(i, ascii), &out);
      i += ascii;
      continue;
    }
    const UChar32 c = NextCodePoint(utf8, &i);
    AppendFolded(nfkd, c < 0 ? 0xFFFD : c, &out);
  }
  return out;
}

std::string NormalizeNfc(absl::string_view utf8) {
  if (IsAscii(utf8)) {
    return std::string(utf8);
  }
  return NormalizeUnits(ToUtf16(utf8));
}

std::string FoldName(absl::string_view utf8) {
  if (IsAscii(utf8)) {
    return absl::AsciiStrToLower(utf8);
  }
  const std::vector<UChar> units = ToUtf16(utf8);
  std::vector<UChar> folded(units.size() * 3 + 16);
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length =
      u_strFoldCase(folded.data(), static_cast<int32_t>(folded.size()), units.data(),
                    static_cast<int32_t>(units.size()), U_FOLD_CASE_DEFAULT, &error);
  folded.resize(U_SUCCESS(error) ? static_cast<size_t>(length) : 0);
  return NormalizeUnits(folded);
}

}  // namespace posthorn::mail
