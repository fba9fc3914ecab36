#include "imap-gateway/mailbox/mailbox_name.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

constexpr absl::string_view kInbox = "INBOX";

// RFC 5198 and common sense: nothing that could end a line or hide in a listing.
bool HasControls(absl::string_view utf8) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(utf8.data());
  const auto length = static_cast<std::int32_t>(utf8.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(octets, at, length, c);
    if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<std::string> ToNfc(const std::string& utf8) {
  const bool ascii = std::all_of(utf8.begin(), utf8.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (ascii) {
    return utf8;
  }
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  std::string normalized;
  if (U_SUCCESS(error)) {
    icu::StringByteSink<std::string> sink(&normalized);
    nfc->normalizeUTF8(0, utf8, sink, nullptr, error);
  }
  if (U_FAILURE(error)) {
    return absl::InvalidArgumentError("Mailbox name cannot be normalised");
  }
  return normalized;
}

// RFC 3501 5.1: INBOX in any case is the one INBOX; its children are written with it.
void CapitalizeInbox(std::string& name) {
  const bool whole = absl::EqualsIgnoreCase(name, kInbox);
  const bool parent = absl::StartsWithIgnoreCase(name, "INBOX/");
  if (whole || parent) {
    std::copy(kInbox.begin(), kInbox.end(), name.begin());
  }
}

// RFC 9755 3: names are UTF-8 (RFC 3629); U8_NEXT refuses surrogates and long forms.
absl::StatusOr<std::string> CheckUtf8(absl::string_view wire) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(wire.data());
  const auto length = static_cast<std::int32_t>(wire.size());
  for (std::int32_t at = 0; at < length;) {
    UChar32 c = 0;
    U8_NEXT(octets, at, length, c);
    if (c < 0) {
      return absl::InvalidArgumentError("Mailbox name is not UTF-8");
    }
  }
  return std::string(wire);
}

absl::StatusOr<std::string> Decode(absl::string_view wire, NameEncoding encoding) {
  absl::StatusOr<std::string> decoded =
      encoding == NameEncoding::kUtf8 ? CheckUtf8(wire) : DecodeModifiedUtf7(wire);
  if (!decoded.ok()) {
    return decoded;
  }
  if (HasControls(*decoded)) {
    return absl::InvalidArgumentError("Mailbox name has a control character");
  }
  return ToNfc(*decoded);
}

}  // namespace

bool IsInbox(absl::string_view canonical) { return canonical == kInbox; }

absl::StatusOr<std::string> CanonicalMailboxName(absl::string_view wire, NameEncoding encoding,
                                                 bool allow_trailing_separator) {
  absl::StatusOr<std::string> name = Decode(wire, encoding);
  if (!name.ok()) {
    return name;
  }
  if (allow_trailing_separator && name->size() > 1 && name->back() == kHierarchySeparator) {
    name->pop_back();
  }
  if (name->empty() || name->front() == kHierarchySeparator ||
      name->back() == kHierarchySeparator || absl::StrContains(*name, "//")) {
    return absl::InvalidArgumentError("Mailbox name has an empty component");
  }
  if (name->size() > kMaxMailboxNameOctets ||
      std::count(name->begin(), name->end(), kHierarchySeparator) >=
          static_cast<std::ptrdiff_t>(kMaxMailboxNameDepth)) {
    return absl::InvalidArgumentError("Mailbox name is too long");
  }
  CapitalizeInbox(*name);
  return name;
}

absl::StatusOr<std::string> CanonicalListPattern(absl::string_view wire, NameEncoding encoding) {
  absl::StatusOr<std::string> pattern = Decode(wire, encoding);
  if (pattern.ok()) {
    CapitalizeInbox(*pattern);
    // "InBox*" means INBOX and what is below it.
    const bool wild =
        pattern->size() > kInbox.size() && absl::StrContains("*%", (*pattern)[kInbox.size()]);
    if (wild && absl::StartsWithIgnoreCase(*pattern, kInbox)) {
      std::copy(kInbox.begin(), kInbox.end(), pattern->begin());
    }
  }
  return pattern;
}

std::string EncodeMailboxName(absl::string_view canonical, NameEncoding encoding) {
  return encoding == NameEncoding::kUtf8 ? std::string(canonical) : EncodeModifiedUtf7(canonical);
}

}  // namespace posthorn::imap
