#include "imap-gateway/parser/arguments.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::imap {

NoArguments ParseNothing(Scanner& scanner) {
  scanner.End();
  return {};
}

LoginArguments ParseLogin(Scanner& scanner) {
  LoginArguments arguments;
  arguments.user = scanner.Astring();
  scanner.Space();
  arguments.password = scanner.Astring();
  return arguments;
}

AuthenticateArguments ParseAuthenticate(Scanner& scanner) {
  AuthenticateArguments arguments;
  arguments.mechanism = absl::AsciiStrToUpper(scanner.Atom());
  if (scanner.TrySkip(' ')) {
    const absl::string_view response = scanner.rest();
    for (const char c : response) {
      scanner.Skip(c);
    }
    arguments.initial_response = std::string(response);
    if (response.empty()) {
      scanner.Fail("Initial response expected");
    }
  }
  return arguments;
}

MailboxArguments ParseMailbox(Scanner& scanner) { return {scanner.Astring()}; }

RenameArguments ParseRename(Scanner& scanner) {
  RenameArguments arguments;
  arguments.from = scanner.Astring();
  scanner.Space();
  arguments.to = scanner.Astring();
  return arguments;
}

StatusArguments ParseStatus(Scanner& scanner) {
  struct Named {
    absl::string_view name;
    StatusItem item;
  };
  static constexpr Named kItems[] = {{"MESSAGES", StatusItem::kMessages},
                                     {"RECENT", StatusItem::kRecent},
                                     {"UIDNEXT", StatusItem::kUidNext},
                                     {"UIDVALIDITY", StatusItem::kUidValidity},
                                     {"UNSEEN", StatusItem::kUnseen}};
  StatusArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  scanner.Skip('(');
  do {
    const absl::string_view word = scanner.Word();
    const Named* named = std::find_if(
        std::begin(kItems), std::end(kItems),
        [word](const Named& candidate) { return absl::EqualsIgnoreCase(word, candidate.name); });
    if (named == std::end(kItems)) {
      scanner.Fail("Unknown STATUS item");
    } else if (std::find(arguments.items.begin(), arguments.items.end(), named->item) ==
               arguments.items.end()) {
      arguments.items.push_back(named->item);
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return arguments;
}

CopyArguments ParseCopy(Scanner& scanner) {
  CopyArguments arguments;
  arguments.set = ParseSequenceSet(scanner);
  scanner.Space();
  arguments.mailbox = scanner.Astring();
  return arguments;
}

SetArguments ParseSet(Scanner& scanner) { return {ParseSequenceSet(scanner)}; }

IdArguments ParseId(Scanner& scanner) {
  IdArguments arguments;
  if (scanner.TrySkipWord("NIL")) {
    return arguments;
  }
  scanner.Skip('(');
  if (scanner.TrySkip(')')) {
    return arguments;
  }
  do {
    std::string field = scanner.String();
    scanner.Space();
    std::optional<std::string> value = scanner.Nstring();
    // RFC 2971 3.3 gives these limits.
    if (arguments.fields.size() >= 30 || field.size() > 30 || (value && value->size() > 1024)) {
      scanner.Fail("ID parameters over the limits of RFC 2971");
    }
    arguments.fields.emplace_back(std::move(field), std::move(value));
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return arguments;
}

EnableArguments ParseEnable(Scanner& scanner) {
  EnableArguments arguments;
  do {
    arguments.capabilities.push_back(absl::AsciiStrToUpper(scanner.Atom()));
  } while (scanner.ok() && scanner.TrySkip(' '));
  return arguments;
}

}  // namespace posthorn::imap
