#pragma once

#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// RFC 5255 3: the languages of the text behind status responses.
enum class Language {
  kDefault,  // "i-default": English in US-ASCII
  kEnglish,
  kGerman,
};

struct LanguageName {
  absl::string_view tag;  // RFC 5646
  Language language;
};
std::span<const LanguageName> Languages();

// The language that a range (RFC 4647 3.4, by lookup: "de-AT" finds "de") asks for; "default" is
// English. nullptr: none does.
const LanguageName* FindLanguage(absl::string_view range);

// A text of this server in another language, as UTF-8; what is not translated stays English.
std::string Translated(Language language, absl::string_view english);

}  // namespace posthorn::imap
