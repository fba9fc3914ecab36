#include "imap-gateway/parser/flags.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

struct NamedFlag {
  absl::string_view name;
  SystemFlag bit;
};
constexpr NamedFlag kSystemFlags[] = {{"Answered", kAnswered},
                                      {"Flagged", kFlagged},
                                      {"Deleted", kDeleted},
                                      {"Seen", kSeen},
                                      {"Draft", kDraft}};

void ParseSystemFlag(Scanner& scanner, Flags& flags) {
  const absl::string_view name = scanner.Atom();
  for (const NamedFlag& flag : kSystemFlags) {
    if (absl::EqualsIgnoreCase(name, flag.name)) {
      flags.system |= flag.bit;
      return;
    }
  }
  // RFC 3501 2.3.2: "\Recent" cannot be altered by the client.
  scanner.Fail("This flag cannot be stored");
}

void ParseFlag(Scanner& scanner, Flags& flags) {
  if (scanner.TrySkip('\\')) {
    ParseSystemFlag(scanner, flags);
    return;
  }
  const absl::string_view keyword = scanner.Atom();
  if (keyword.size() > kMaxKeywordLength) {
    scanner.Fail("Keyword too long");
    return;
  }
  const bool known =
      std::any_of(flags.keywords.begin(), flags.keywords.end(),
                  [keyword](const std::string& k) { return absl::EqualsIgnoreCase(k, keyword); });
  if (known || !scanner.ok()) {
    return;
  }
  if (flags.keywords.size() >= kMaxKeywordsPerCommand) {
    scanner.Fail("Too many keywords");
    return;
  }
  flags.keywords.emplace_back(keyword);
}

}  // namespace

Flags ParseFlagList(Scanner& scanner) {
  Flags flags;
  scanner.Skip('(');
  if (scanner.TrySkip(')')) {
    return flags;
  }
  do {
    ParseFlag(scanner, flags);
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return flags;
}

Flags ParseStoreFlags(Scanner& scanner) {
  if (scanner.Peek() == '(') {
    return ParseFlagList(scanner);
  }
  Flags flags;
  do {
    ParseFlag(scanner, flags);
  } while (scanner.ok() && scanner.TrySkip(' '));
  return flags;
}

}  // namespace posthorn::imap
