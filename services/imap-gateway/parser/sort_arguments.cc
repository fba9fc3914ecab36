#include "imap-gateway/parser/sort_arguments.h"

#include <array>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

struct NamedField {
  absl::string_view name;
  SortField field;
};
constexpr std::array kFields = {
    NamedField{"ARRIVAL", SortField::kArrival},
    NamedField{"CC", SortField::kCc},
    NamedField{"DATE", SortField::kDate},
    NamedField{"FROM", SortField::kFrom},
    NamedField{"SIZE", SortField::kSize},
    NamedField{"SUBJECT", SortField::kSubject},
    NamedField{"TO", SortField::kTo},
    NamedField{"DISPLAYFROM", SortField::kDisplayFrom},
    NamedField{"DISPLAYTO", SortField::kDisplayTo},
    NamedField{"RELEVANCY", SortField::kRelevancy},
};

SortCriterion ParseCriterion(Scanner& scanner) {
  SortCriterion criterion;
  criterion.reverse = scanner.TrySkipWord("REVERSE");
  if (criterion.reverse) {
    scanner.Space();
  }
  const absl::string_view word = scanner.Word();
  for (const NamedField& named : kFields) {
    if (absl::EqualsIgnoreCase(word, named.name)) {
      criterion.field = named.field;
      return criterion;
    }
  }
  scanner.Fail("Unknown sort criterion");
  return criterion;
}

// RFC 5256 5: charset and keys; unlike that of SEARCH the charset must be given.
void ParseCriteria(Scanner& scanner, SearchArguments& search) {
  search.charset = scanner.Astring();
  scanner.Space();
  search.key = ParseSearchKeys(scanner);
}

}  // namespace

SortArguments ParseSort(Scanner& scanner) {
  SortArguments arguments;
  arguments.search.returns = ParseSearchReturn(scanner);
  scanner.Skip('(');
  do {
    arguments.criteria.push_back(ParseCriterion(scanner));
    if (arguments.criteria.size() > kMaxSortCriteria) {
      scanner.Fail("Too many sort criteria");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  scanner.Space();
  ParseCriteria(scanner, arguments.search);
  return arguments;
}

ThreadArguments ParseThread(Scanner& scanner) {
  ThreadArguments arguments;
  if (scanner.TrySkipWord("ORDEREDSUBJECT")) {
    arguments.algorithm = ThreadAlgorithm::kOrderedSubject;
  } else if (scanner.TrySkipWord("REFS")) {
    arguments.algorithm = ThreadAlgorithm::kRefs;
  } else if (!scanner.TrySkipWord("REFERENCES")) {
    scanner.Fail("Unknown threading algorithm");
  }
  scanner.Space();
  ParseCriteria(scanner, arguments.search);
  return arguments;
}

}  // namespace posthorn::imap
