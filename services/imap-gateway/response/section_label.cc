#include "imap-gateway/response/section_label.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

absl::string_view TextName(Section::Text text) {
  switch (text) {
    case Section::Text::kAll:
      return "";
    case Section::Text::kHeader:
      return "HEADER";
    case Section::Text::kHeaderFields:
      return "HEADER.FIELDS";
    case Section::Text::kHeaderFieldsNot:
      return "HEADER.FIELDS.NOT";
    case Section::Text::kText:
      return "TEXT";
    case Section::Text::kMime:
      return "MIME";
  }
  return "";
}

void AppendSection(std::string& out, absl::string_view name, const Section& section) {
  absl::StrAppend(&out, name, "[", absl::StrJoin(section.part, "."));
  const absl::string_view text = TextName(section.text);
  if (!text.empty() && !section.part.empty()) {
    out.push_back('.');
  }
  absl::StrAppend(&out, text);
  char before = '(';
  for (const std::string& field : section.fields) {
    out.append(before == '(' ? " (" : " ");
    AppendAstring(out, field);
    before = ' ';
  }
  out.append(section.fields.empty() ? "]" : ")]");
}

}  // namespace

void AppendSectionLabel(std::string& out, const FetchItem& item) {
  switch (item.kind) {
    case FetchItem::Kind::kRfc822:
      out.append("RFC822");
      return;
    case FetchItem::Kind::kRfc822Header:
      out.append("RFC822.HEADER");
      return;
    case FetchItem::Kind::kRfc822Text:
      out.append("RFC822.TEXT");
      return;
    case FetchItem::Kind::kBinarySize:
      AppendSection(out, "BINARY.SIZE", item.section);
      return;
    default:
      AppendSection(out, item.kind == FetchItem::Kind::kBinary ? "BINARY" : "BODY", item.section);
      if (item.partial) {
        absl::StrAppend(&out, "<", item.partial->offset, ">");
      }
  }
}

}  // namespace posthorn::imap
