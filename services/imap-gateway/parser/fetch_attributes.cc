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
    {"MODSEQ", Kind::kModSeq},
    {"SAVEDATE", Kind::kSaveDate},
    {"EMAILID", Kind::kEmailId},
    {"THREADID", Kind::kThreadId},
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

// RFC 3516 5: section-binary has part numbers only.
FetchItem ParseBinary(Scanner& scanner, Kind kind, bool peek) {
  FetchItem item = ParseBody(scanner, peek);
  item.kind = kind;
  if (item.section.text != Section::Text::kAll) {
    scanner.Fail("BINARY takes part numbers only");
  }
  if (kind == Kind::kBinarySize && item.partial) {
    scanner.Fail("BINARY.SIZE takes no partial");
  }
  return item;
}

FetchItem ParsePreview(Scanner& scanner) {
  FetchItem item;
  item.kind = Kind::kPreview;
  // What else stands in parentheses here are modifiers of the command.
  item.lazy = absl::StartsWithIgnoreCase(scanner.rest(), " (LAZY)");
  if (item.lazy) {
    scanner.Space();
    scanner.Skip('(');
    scanner.Word();
    scanner.Skip(')');
  }
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
  if (absl::EqualsIgnoreCase(word, "PREVIEW")) {
    Add(items, ParsePreview(scanner));
    return;
  }
  const bool binary_peek = absl::EqualsIgnoreCase(word, "BINARY.PEEK");
  if (binary_peek || absl::EqualsIgnoreCase(word, "BINARY")) {
    Add(items, ParseBinary(scanner, Kind::kBinary, binary_peek));
    return;
  }
  if (absl::EqualsIgnoreCase(word, "BINARY.SIZE")) {
    // RFC 3516 4.3: it does not set \Seen.
    Add(items, ParseBinary(scanner, Kind::kBinarySize, true));
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

namespace {

// RFC 4466 2.4, each at most once.
void ParseModifiers(Scanner& scanner, FetchArguments& arguments) {
  scanner.Skip('(');
  do {
    if (!arguments.changed_since && scanner.TrySkipWord("CHANGEDSINCE")) {
      scanner.Space();
      arguments.changed_since = scanner.Number64();
    } else if (!arguments.vanished && scanner.TrySkipWord("VANISHED")) {
      arguments.vanished = true;
    } else if (!arguments.partial && scanner.TrySkipWord("PARTIAL")) {
      scanner.Space();
      arguments.partial = ParsePartialRange(scanner);
    } else {
      scanner.Fail("Unknown FETCH modifier");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  // RFC 7162 3.2.6.
  if (arguments.vanished && !arguments.changed_since) {
    scanner.Fail("VANISHED goes with CHANGEDSINCE");
  }
}

}  // namespace

FetchArguments ParseFetch(Scanner& scanner) {
  FetchArguments arguments;
  arguments.set = ParseSequenceSet(scanner);
  scanner.Space();
  arguments.items = ParseFetchItems(scanner);
  if (scanner.ok() && scanner.TrySkip(' ')) {
    ParseModifiers(scanner, arguments);
  }
  // RFC 7162 3.1.4.1: CHANGEDSINCE asks for MODSEQ too.
  if (arguments.changed_since) {
    Add(arguments.items, Plain(Kind::kModSeq));
  }
  return arguments;
}

}  // namespace posthorn::imap
