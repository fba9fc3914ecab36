#include "imap-gateway/parser/store_arguments.h"

namespace posthorn::imap {

StoreArguments ParseStore(Scanner& scanner) {
  StoreArguments arguments;
  arguments.set = ParseSequenceSet(scanner);
  scanner.Space();
  if (scanner.TrySkip('(')) {
    if (!scanner.TrySkipWord("UNCHANGEDSINCE")) {
      scanner.Fail("Unknown STORE modifier");
    }
    scanner.Space();
    arguments.unchanged_since = scanner.Number64();
    scanner.Skip(')');
    scanner.Space();
  }
  if (scanner.TrySkip('+')) {
    arguments.mode = StoreArguments::Mode::kAdd;
  } else if (scanner.TrySkip('-')) {
    arguments.mode = StoreArguments::Mode::kRemove;
  }
  arguments.silent = scanner.TrySkipWord("FLAGS.SILENT");
  if (!arguments.silent && !scanner.TrySkipWord("FLAGS")) {
    scanner.Fail("Unknown STORE item");
  }
  scanner.Space();
  arguments.flags = ParseStoreFlags(scanner);
  return arguments;
}

}  // namespace posthorn::imap
