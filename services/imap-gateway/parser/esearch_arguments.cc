#include "imap-gateway/parser/esearch_arguments.h"

#include <array>

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

using Kind = SearchSource::Kind;

struct NamedSource {
  absl::string_view name;
  Kind kind;
  bool has_mailboxes;
};
constexpr std::array kSources = {
    NamedSource{"selected", Kind::kSelected, false},
    NamedSource{"inboxes", Kind::kInboxes, false},
    NamedSource{"personal", Kind::kPersonal, false},
    NamedSource{"subscribed", Kind::kSubscribed, false},
    NamedSource{"mailboxes", Kind::kMailboxes, true},
    NamedSource{"subtree", Kind::kSubtree, true},
    NamedSource{"subtree-one", Kind::kSubtreeOne, true},
};

// RFC 5465 8: one-or-more-mailbox.
std::vector<std::string> ParseMailboxes(Scanner& scanner) {
  std::vector<std::string> mailboxes;
  if (!scanner.TrySkip('(')) {
    mailboxes.push_back(scanner.Astring());
    return mailboxes;
  }
  do {
    mailboxes.push_back(scanner.Astring());
    if (mailboxes.size() > kMaxSearchSources) {
      scanner.Fail("Too many mailboxes");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return mailboxes;
}

SearchSource ParseSource(Scanner& scanner) {
  SearchSource source;
  const absl::string_view word = scanner.Word();
  for (const NamedSource& named : kSources) {
    if (absl::EqualsIgnoreCase(word, named.name)) {
      source.kind = named.kind;
      if (named.has_mailboxes) {
        scanner.Space();
        source.mailboxes = ParseMailboxes(scanner);
      }
      return source;
    }
  }
  scanner.Fail("Unknown source option");
  return source;
}

}  // namespace

EsearchArguments ParseEsearch(Scanner& scanner) {
  EsearchArguments arguments;
  if (scanner.TrySkipWord("IN")) {
    scanner.Space();
    scanner.Skip('(');
    arguments.sources.emplace();
    do {
      arguments.sources->push_back(ParseSource(scanner));
      if (arguments.sources->size() > kMaxSearchSources) {
        scanner.Fail("Too many source options");
      }
    } while (scanner.ok() && scanner.TrySkip(' '));
    scanner.Skip(')');
    scanner.Space();
  }
  arguments.search = ParseSearch(scanner);
  // RFC 7377 2.1: without result options all UIDs are told.
  if (!arguments.search.returns.given) {
    arguments.search.returns.given = true;
    arguments.search.returns.all = true;
  }
  return arguments;
}

CancelUpdateArguments ParseCancelUpdate(Scanner& scanner) {
  CancelUpdateArguments arguments;
  do {
    arguments.tags.push_back(scanner.String());
    if (arguments.tags.size() > kMaxSearchSources) {
      scanner.Fail("Too many tags");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  return arguments;
}

}  // namespace posthorn::imap
