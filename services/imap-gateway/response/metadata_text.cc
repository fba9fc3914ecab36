#include "imap-gateway/response/metadata_text.h"

#include <optional>

#include "imap-gateway/response/strings.h"

namespace posthorn::imap {

void AppendMetadata(std::string& out, absl::string_view mailbox, NameEncoding names,
                    const google::protobuf::RepeatedPtrField<v1::Annotation>& annotations) {
  out.append("* METADATA ");
  AppendMailbox(out, mailbox, names);
  char before = '(';
  out.push_back(' ');
  for (const v1::Annotation& annotation : annotations) {
    out.push_back(before);
    AppendAstring(out, annotation.entry());
    out.push_back(' ');
    AppendNstring(out, annotation.has_value() ? std::optional<absl::string_view>(annotation.value())
                                              : std::nullopt);
    before = ' ';
  }
  out.append(")\r\n");
}

}  // namespace posthorn::imap
