#include "imap-gateway/response/completion.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {

void AppendCompletion(std::string& out, absl::string_view tag, const Completion& completion,
                      Language language) {
  if (completion.kind == Completion::Kind::kNone) {
    return;
  }
  static constexpr absl::string_view kWords[] = {" OK ", " NO ", " BAD "};
  absl::StrAppend(&out, tag, kWords[static_cast<int>(completion.kind)]);
  if (!completion.code.empty()) {
    out.push_back('[');
    AppendText(out, completion.code);
    out.append("] ");
  }
  // RFC 3501 9: resp-text ends in at least one character of text.
  const absl::string_view text =
      completion.text.empty() ? absl::string_view("Done") : absl::string_view(completion.text);
  if (language == Language::kDefault) {
    AppendText(out, text);
  } else {
    AppendUtf8Text(out, Translated(language, text));
  }
  out.append("\r\n");
}

}  // namespace posthorn::imap
