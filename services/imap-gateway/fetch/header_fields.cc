#include "imap-gateway/fetch/header_fields.h"

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

// The line at the start of `text` with its line end.
absl::string_view Line(absl::string_view text) {
  const std::size_t end = text.find('\n');
  return text.substr(0, end == absl::string_view::npos ? text.size() : end + 1);
}

bool IsEmptyLine(absl::string_view line) { return line == "\r\n" || line == "\n"; }

// The field at the start of `text` with its continuation lines.
absl::string_view Field(absl::string_view text) {
  std::size_t size = Line(text).size();
  while (size < text.size() && (text[size] == ' ' || text[size] == '\t')) {
    size += Line(text.substr(size)).size();
  }
  return text.substr(0, size);
}

std::string NameOf(absl::string_view field) {
  const absl::string_view name = field.substr(0, field.find(':'));
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(name));
}

}  // namespace

std::string SelectHeaderFields(absl::string_view header, const std::vector<std::string>& names,
                               bool exclude) {
  absl::flat_hash_set<std::string> wanted;
  for (const std::string& name : names) {
    wanted.insert(absl::AsciiStrToLower(name));
  }
  std::string selected;
  while (!header.empty() && !IsEmptyLine(Line(header))) {
    const absl::string_view field = Field(header);
    if (wanted.contains(NameOf(field)) != exclude) {
      absl::StrAppend(&selected, field);
      if (!absl::EndsWith(field, "\n")) {
        selected.append("\r\n");
      }
    }
    header.remove_prefix(field.size());
  }
  selected.append("\r\n");
  return selected;
}

}  // namespace posthorn::imap
