#include "imap-gateway/parser/url_arguments.h"

#include "absl/strings/ascii.h"

namespace posthorn::imap {
namespace {

UrlFetchArguments::Item ParseExtended(Scanner& scanner) {
  UrlFetchArguments::Item item;
  item.extended = true;
  item.url = scanner.Astring();
  while (scanner.ok() && scanner.TrySkip(' ')) {
    if (scanner.TrySkipWord("BODYPARTSTRUCTURE")) {
      item.structure = true;
    } else if (scanner.TrySkipWord("BODY")) {
      item.body = true;
    } else if (scanner.TrySkipWord("BINARY")) {
      item.binary = true;
    } else {
      scanner.Fail("Unknown URLFETCH parameter");
    }
  }
  scanner.Skip(')');
  // RFC 5524 4: they are alternatives.
  if (item.body && item.binary) {
    scanner.Fail("BODY or BINARY, not both");
  }
  return item;
}

template <typename Items>
void CheckCount(Scanner& scanner, const Items& items) {
  if (items.size() > kMaxUrls) {
    scanner.Fail("Too many URLs");
  }
}

}  // namespace

ResetKeyArguments ParseResetKey(Scanner& scanner) {
  ResetKeyArguments arguments;
  if (scanner.AtEnd()) {
    return arguments;
  }
  arguments.mailbox = scanner.Astring();
  while (scanner.ok() && scanner.TrySkip(' ')) {
    arguments.mechanisms.push_back(absl::AsciiStrToUpper(scanner.Atom()));
  }
  return arguments;
}

GenUrlAuthArguments ParseGenUrlAuth(Scanner& scanner) {
  GenUrlAuthArguments arguments;
  do {
    GenUrlAuthArguments::Item item;
    item.rump = scanner.Astring();
    scanner.Space();
    item.mechanism = absl::AsciiStrToUpper(scanner.Atom());
    arguments.items.push_back(std::move(item));
    CheckCount(scanner, arguments.items);
  } while (scanner.ok() && scanner.TrySkip(' '));
  return arguments;
}

UrlFetchArguments ParseUrlFetch(Scanner& scanner) {
  UrlFetchArguments arguments;
  do {
    if (scanner.TrySkip('(')) {
      arguments.items.push_back(ParseExtended(scanner));
    } else {
      UrlFetchArguments::Item item;
      item.url = scanner.Astring();
      arguments.items.push_back(std::move(item));
    }
    CheckCount(scanner, arguments.items);
  } while (scanner.ok() && scanner.TrySkip(' '));
  return arguments;
}

}  // namespace posthorn::imap
