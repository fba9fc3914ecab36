#include "imap-gateway/parser/quota_arguments.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace posthorn::imap {

QuotaRootArguments ParseQuotaRoot(Scanner& scanner) { return {scanner.Astring()}; }

SetQuotaArguments ParseSetQuota(Scanner& scanner) {
  SetQuotaArguments arguments;
  arguments.root = scanner.Astring();
  scanner.Space();
  scanner.Skip('(');
  if (scanner.TrySkip(')')) {
    return arguments;
  }
  do {
    const absl::string_view resource = scanner.Word();
    scanner.Space();
    const std::uint64_t limit = scanner.Number64();
    if (absl::EqualsIgnoreCase(resource, "STORAGE")) {
      arguments.storage = limit;
    } else if (absl::EqualsIgnoreCase(resource, "MESSAGE")) {
      arguments.messages = limit;
    } else if (absl::EqualsIgnoreCase(resource, "MAILBOX")) {
      arguments.mailboxes = limit;
    } else {
      scanner.Fail("Unknown quota resource");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return arguments;
}

}  // namespace posthorn::imap
