#include "imap-gateway/response/completion.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {

void AppendCompletion(std::string& out, absl::string_view tag, const Completion& completion) {
  static constexpr absl::string_view kWords[] = {" OK ", " NO ", " BAD "};
  absl::StrAppend(&out, tag, kWords[static_cast<int>(completion.kind)]);
  if (!completion.code.empty()) {
    out.push_back('[');
    AppendText(out, completion.code);
    out.append("] ");
  }
  // RFC 3501 9: resp-text ends in at least one character of text.
  AppendText(out, completion.text.empty() ? "Done" : completion.text);
  out.append("\r\n");
}

}  // namespace posthorn::imap
