#include "imap-gateway/parser/fetch_attributes.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

using Kind = FetchItem::Kind;

struct NamedItem {
  absl::string_view name;
  Kind kind;
};
constexpr NamedItem kPlainItems[] = {
    {"UID", Kind::kUid},
    {"FLAGS", Kind::kFlags},
    {"INTERNALDATE", Kind::kInternalDate},
    {"RFC822.SIZE", Kind::kSize},
    {"ENVELOPE", Kind::kEnvelope},
    {"BODYSTRUCTURE", Kind::kBodyStructure},
    {"RFC822", Kind::kRfc822},
    {"RFC822.HEADER", Kind::kRfc822Header},
    {"RFC822.TEXT", Kind::kRfc822Text},
};

void Add(std::vector<FetchItem>& items, FetchItem item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) {
    items.push_back(std::move(item));
  }
}

FetchItem Plain(Kind kind) {
  FetchItem item;
  item.kind = kind;
  if (kind == Kind::kRfc822Header) {
    item.section.text = Section::Text::kHeader;
    item.peek = true;
  } else if (kind == Kind::kRfc822Text) {
    item.section.text = Section::Text::kText;
  }
  return item;
}

FetchItem ParseBody(Scanner& scanner, bool peek) {
  FetchItem item;
  item.kind = Kind::kSection;
  item.peek = peek;
  item.section = ParseSection(scanner);
  item.partial = ParsePartial(scanner);
  return item;
}

void ParseItem(Scanner& scanner, std::vector<FetchItem>& items) {
  const absl::string_view word = scanner.Word();
  const bool peek = absl::EqualsIgnoreCase(word, "BODY.PEEK");
  if (peek || absl::EqualsIgnoreCase(word, "BODY")) {
    const bool bracket = scanner.Peek() == '[';
    if (peek && !bracket) {
      scanner.Fail("BODY.PEEK needs a section");
    }
    Add(items, bracket ? ParseBody(scanner, peek) : Plain(Kind::kBody));
    return;
  }
  for (const NamedItem& named : kPlainItems) {
    if (absl::EqualsIgnoreCase(word, named.name)) {
      Add(items, Plain(named.kind));
      return;
    }
  }
  scanner.Fail("Unknown FETCH attribute");
}

// RFC 3501 6.4.5: macros stand alone, not in a list.
bool ParseMacro(Scanner& scanner, std::vector<FetchItem>& items) {
  const bool full = scanner.TrySkipWord("FULL");
  const bool all = !full && scanner.TrySkipWord("ALL");
  if (!full && !all && !scanner.TrySkipWord("FAST")) {
    return false;
  }
  for (const Kind kind : {Kind::kFlags, Kind::kInternalDate, Kind::kSize}) {
    items.push_back(Plain(kind));
  }
  if (full || all) {
    items.push_back(Plain(Kind::kEnvelope));
  }
  if (full) {
    items.push_back(Plain(Kind::kBody));
  }
  return true;
}

}  // namespace

std::vector<FetchItem> ParseFetchItems(Scanner& scanner) {
  std::vector<FetchItem> items;
  if (ParseMacro(scanner, items)) {
    return items;
  }
  if (!scanner.TrySkip('(')) {
    ParseItem(scanner, items);
    return items;
  }
  do {
    if (items.size() >= kMaxFetchItems) {
      scanner.Fail("Too many FETCH attributes");
    }
    ParseItem(scanner, items);
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return items;
}

FetchArguments ParseFetch(Scanner& scanner) {
  FetchArguments arguments;
  arguments.set = ParseSequenceSet(scanner);
  scanner.Space();
  arguments.items = ParseFetchItems(scanner);
  return arguments;
}

}  // namespace posthorn::imap
