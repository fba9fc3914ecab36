#include "imap-gateway/response/metadata_text.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

// RFC 5464 5: value. Only a literal8 may hold NUL.
void AppendValue(std::string& out, const v1::Annotation& annotation) {
  if (!annotation.has_value()) {
    AppendNstring(out, std::nullopt);
  } else if (absl::StrContains(annotation.value(), '\0')) {
    absl::StrAppend(&out, "~{", annotation.value().size(), "}\r\n", annotation.value());
  } else {
    AppendString(out, annotation.value());
  }
}

}  // namespace

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
    AppendValue(out, annotation);
    before = ' ';
  }
  out.append(")\r\n");
}

void AppendChangedEntries(std::string& out, absl::string_view mailbox, NameEncoding names,
                          const std::vector<absl::string_view>& entries) {
  out.append("* METADATA ");
  AppendMailbox(out, mailbox, names);
  for (const absl::string_view entry : entries) {
    out.push_back(' ');
    AppendAstring(out, entry);
  }
  out.append("\r\n");
}

}  // namespace posthorn::imap
