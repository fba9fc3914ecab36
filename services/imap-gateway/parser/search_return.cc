#include "imap-gateway/parser/search_return.h"

#include <array>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

struct Option {
  absl::string_view name;
  bool SearchReturn::* member;
};
constexpr std::array kOptions = {
    Option{"MIN", &SearchReturn::min},         Option{"MAX", &SearchReturn::max},
    Option{"ALL", &SearchReturn::all},         Option{"COUNT", &SearchReturn::count},
    Option{"SAVE", &SearchReturn::save},       Option{"UPDATE", &SearchReturn::update},
    Option{"CONTEXT", &SearchReturn::context}, Option{"RELEVANCY", &SearchReturn::relevancy},
};

void ParseOption(Scanner& scanner, SearchReturn& result) {
  const absl::string_view word = scanner.Word();
  if (absl::EqualsIgnoreCase(word, "PARTIAL")) {
    if (result.partial) {
      scanner.Fail("PARTIAL given twice");
    }
    scanner.Space();
    result.partial = ParsePartialRange(scanner);
    return;
  }
  for (const Option& option : kOptions) {
    if (absl::EqualsIgnoreCase(word, option.name)) {
      result.*option.member = true;
      return;
    }
  }
  scanner.Fail("Unknown return option");
}

}  // namespace

SearchReturn ParseSearchReturn(Scanner& scanner) {
  SearchReturn result;
  if (!scanner.TrySkipWord("RETURN")) {
    return result;
  }
  result.given = true;
  scanner.Space();
  scanner.Skip('(');
  if (!scanner.TrySkip(')')) {
    do {
      ParseOption(scanner, result);
    } while (scanner.ok() && scanner.TrySkip(' '));
    scanner.Skip(')');
  }
  scanner.Space();
  // RFC 9394 3.1: either one PARTIAL, one ALL, or neither.
  if (result.partial && result.all) {
    scanner.Fail("PARTIAL and ALL exclude each other");
  }
  // RFC 4731 3.1: no option means ALL. RFC 5182 2.1: SAVE alone returns nothing.
  const bool none = !result.min && !result.max && !result.count && !result.save && !result.update &&
                    !result.context && !result.relevancy && !result.partial;
  result.all = result.all || none;
  return result;
}

}  // namespace posthorn::imap
