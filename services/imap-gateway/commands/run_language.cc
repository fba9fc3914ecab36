#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/response/language.h"

namespace posthorn::imap {

// RFC 5255 3.2.
Done RunLanguage(Session& session, WordsArguments arguments) {
  if (arguments.words.empty()) {
    absl::StrAppend(&session.out(), "* LANGUAGE (",
                    absl::StrJoin(Languages(), " ",
                                  [](std::string* out, const LanguageName& name) {
                                    absl::StrAppend(out, name.tag);
                                  }),
                    ")\r\n");
    co_return Ok("Languages listed");
  }
  for (const std::string& range : arguments.words) {
    if (const LanguageName* found = FindLanguage(range)) {
      session.language() = found->language;
      absl::StrAppend(&session.out(), "* LANGUAGE (", found->tag, ")\r\n");
      co_return Ok("Language changed");
    }
  }
  co_return No("", "Language not supported");
}

}  // namespace posthorn::imap
