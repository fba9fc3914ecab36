#include "imap-gateway/parser/select_arguments.h"

#include <algorithm>

namespace posthorn::imap {
namespace {

// RFC 7162 7: "*" is not allowed in these sets.
NumberRanges ParseKnownSet(Scanner& scanner) {
  const SequenceSet set = ParseSequenceSet(scanner);
  const bool star = std::any_of(set.items().begin(), set.items().end(), [](const auto& item) {
    return item.first == SequenceSet::kStar || item.last == SequenceSet::kStar;
  });
  if (star) {
    scanner.Fail("\"*\" is not allowed here");
    return {};
  }
  return set.Resolve(1);
}

// RFC 7162 3.2.5.2: both in ascending order.
void ParseMatch(Scanner& scanner, ResyncArguments& resync) {
  scanner.Skip('(');
  resync.match_numbers = ParseKnownSet(scanner);
  scanner.Space();
  resync.match_uids = ParseKnownSet(scanner);
  scanner.Skip(')');
  if (CountOf(resync.match_numbers) != CountOf(resync.match_uids)) {
    scanner.Fail("As many UIDs as sequence numbers expected");
  }
}

ResyncArguments ParseResync(Scanner& scanner) {
  ResyncArguments resync;
  scanner.Space();
  scanner.Skip('(');
  resync.uidvalidity = scanner.NzNumber();
  scanner.Space();
  resync.modseq = scanner.Number64();
  if (resync.modseq == 0) {
    scanner.Fail("A mod-sequence is above zero");
  }
  bool more = scanner.TrySkip(' ');
  if (more && scanner.Peek() != '(') {
    resync.known_uids = ParseKnownSet(scanner);
    more = scanner.TrySkip(' ');
  }
  if (more) {
    ParseMatch(scanner, resync);
  }
  scanner.Skip(')');
  return resync;
}

}  // namespace

SelectArguments ParseSelect(Scanner& scanner) {
  SelectArguments arguments;
  arguments.mailbox = scanner.Astring();
  if (!scanner.TrySkip(' ')) {
    return arguments;
  }
  scanner.Skip('(');
  do {
    if (!arguments.condstore && scanner.TrySkipWord("CONDSTORE")) {
      arguments.condstore = true;
    } else if (!arguments.resync && scanner.TrySkipWord("QRESYNC")) {
      arguments.resync = ParseResync(scanner);
    } else {
      scanner.Fail("Unknown SELECT parameter");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return arguments;
}

}  // namespace posthorn::imap
