#include "imap-gateway/parser/section.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

std::vector<std::string> HeaderList(Scanner& scanner) {
  std::vector<std::string> fields;
  scanner.Space();
  scanner.Skip('(');
  do {
    if (fields.size() >= kMaxHeaderFields) {
      scanner.Fail("Too many header fields");
    }
    std::string name = scanner.Astring();
    // RFC 5322 2.2: printable ASCII without the colon; anything else would not match a field and
    // would break the label of the reply.
    for (const char c : name) {
      if (!absl::ascii_isgraph(static_cast<unsigned char>(c)) || c == ':') {
        scanner.Fail("Invalid header field name");
      }
    }
    if (name.empty()) {
      scanner.Fail("Invalid header field name");
    }
    fields.push_back(std::move(name));
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return fields;
}

// RFC 3501 9: section-text.
void ParseSectionText(Scanner& scanner, Section& section) {
  const absl::string_view word = scanner.Word();
  if (absl::EqualsIgnoreCase(word, "HEADER")) {
    section.text = Section::Text::kHeader;
  } else if (absl::EqualsIgnoreCase(word, "HEADER.FIELDS")) {
    section.text = Section::Text::kHeaderFields;
    section.fields = HeaderList(scanner);
  } else if (absl::EqualsIgnoreCase(word, "HEADER.FIELDS.NOT")) {
    section.text = Section::Text::kHeaderFieldsNot;
    section.fields = HeaderList(scanner);
  } else if (absl::EqualsIgnoreCase(word, "TEXT")) {
    section.text = Section::Text::kText;
  } else if (absl::EqualsIgnoreCase(word, "MIME")) {
    section.text = Section::Text::kMime;
    if (section.part.empty()) {
      scanner.Fail("MIME needs a part number");
    }
  } else {
    scanner.Fail("Unknown section");
  }
}

}  // namespace

Section ParseSection(Scanner& scanner) {
  Section section;
  scanner.Skip('[');
  if (scanner.TrySkip(']')) {
    return section;
  }
  bool text_follows = true;
  while (scanner.ok() && absl::ascii_isdigit(static_cast<unsigned char>(scanner.Peek()))) {
    if (section.part.size() >= kMaxSectionDepth) {
      scanner.Fail("Section too deep");
    }
    section.part.push_back(scanner.NzNumber());
    text_follows = scanner.TrySkip('.');
    if (!text_follows) {
      break;
    }
  }
  if (text_follows) {
    ParseSectionText(scanner, section);
  }
  scanner.Skip(']');
  return section;
}

std::optional<Partial> ParsePartial(Scanner& scanner) {
  if (!scanner.TrySkip('<')) {
    return std::nullopt;
  }
  Partial partial;
  partial.offset = scanner.Number64();
  scanner.Skip('.');
  partial.count = scanner.Number64();
  scanner.Skip('>');
  if (partial.count == 0) {
    // RFC 3501 9: partial = "<" number "." nz-number ">".
    scanner.Fail("Partial length must not be zero");
  }
  return partial;
}

}  // namespace posthorn::imap
