#include "imap-gateway/parser/list_arguments.h"

#include "absl/strings/match.h"
#include "imap-gateway/parser/metadata_arguments.h"

namespace posthorn::imap {
namespace {

// "(" [word *(SP word)] ")", each word given to `take`, which says whether it is known.
template <typename Take>
void ParseOptions(Scanner& scanner, Take take) {
  scanner.Skip('(');
  if (scanner.TrySkip(')')) {
    return;
  }
  do {
    if (!take(scanner.Word())) {
      scanner.Fail("Unknown LIST option");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
}

bool Set(absl::string_view word, absl::string_view name, bool& option) {
  const bool same = absl::EqualsIgnoreCase(word, name);
  option = option || same;
  return same;
}

void ParseSelection(Scanner& scanner, ListArguments& arguments) {
  ListArguments::Select& select = arguments.select;
  ParseOptions(scanner, [&select](absl::string_view word) {
    return Set(word, "SUBSCRIBED", select.subscribed) || Set(word, "REMOTE", select.remote) ||
           Set(word, "RECURSIVEMATCH", select.recursive_match) ||
           Set(word, "SPECIAL-USE", select.special_use);
  });
  // RFC 5258 3.1: RECURSIVEMATCH needs an option that selects.
  if (select.recursive_match && !select.subscribed && !select.special_use) {
    scanner.Fail("RECURSIVEMATCH needs another option");
  }
  scanner.Space();
}

void ParsePatterns(Scanner& scanner, ListArguments& arguments) {
  if (!scanner.TrySkip('(')) {
    arguments.patterns.push_back(scanner.ListMailbox());
    return;
  }
  arguments.extended = true;
  do {
    if (arguments.patterns.size() >= kMaxListPatterns) {
      scanner.Fail("Too many patterns");
    }
    arguments.patterns.push_back(scanner.ListMailbox());
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
}

}  // namespace

ListArguments ParseList(Scanner& scanner) {
  ListArguments arguments;
  if (scanner.Peek() == '(') {
    arguments.extended = true;
    ParseSelection(scanner, arguments);
  }
  arguments.reference = scanner.Astring();
  scanner.Space();
  ParsePatterns(scanner, arguments);
  if (scanner.TrySkip(' ')) {
    arguments.extended = true;
    if (!scanner.TrySkipWord("RETURN")) {
      scanner.Fail("RETURN expected");
    }
    scanner.Space();
    ListArguments::Return& returned = arguments.returned;
    ParseOptions(scanner, [&returned, &scanner](absl::string_view word) {
      if (absl::EqualsIgnoreCase(word, "STATUS")) {
        scanner.Space();
        returned.status = ParseStatusItems(scanner);
        return true;
      }
      if (absl::EqualsIgnoreCase(word, "METADATA")) {
        scanner.Space();
        returned.metadata = ParseMetadataEntries(scanner);
        return true;
      }
      return Set(word, "SUBSCRIBED", returned.subscribed) ||
             Set(word, "CHILDREN", returned.children) ||
             Set(word, "SPECIAL-USE", returned.special_use) ||
             Set(word, "MYRIGHTS", returned.my_rights);
    });
  }
  return arguments;
}

ListArguments ParseLsub(Scanner& scanner) {
  ListArguments arguments;
  arguments.reference = scanner.Astring();
  scanner.Space();
  arguments.patterns.push_back(scanner.ListMailbox());
  return arguments;
}

}  // namespace posthorn::imap
