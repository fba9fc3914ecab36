#include "imap-gateway/parser/arguments.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {
constexpr std::size_t kMaxSpecialUses = 10;
}  // namespace

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

CreateArguments ParseCreate(Scanner& scanner) {
  CreateArguments arguments;
  arguments.mailbox = scanner.Astring();
  if (!scanner.TrySkip(' ')) {
    return arguments;
  }
  // RFC 4466 2.3 allows more parameters; USE is the only one that is known.
  scanner.Skip('(');
  if (!scanner.TrySkipWord("USE")) {
    scanner.Fail("Unknown CREATE parameter");
  }
  scanner.Space();
  scanner.Skip('(');
  do {
    scanner.Skip('\\');
    if (arguments.uses.size() >= kMaxSpecialUses) {
      scanner.Fail("Too many special-use attributes");
    }
    arguments.uses.push_back(absl::StrCat("\\", scanner.Atom()));
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  scanner.Skip(')');
  return arguments;
}

RenameArguments ParseRename(Scanner& scanner) {
  RenameArguments arguments;
  arguments.from = scanner.Astring();
  scanner.Space();
  arguments.to = scanner.Astring();
  return arguments;
}

std::vector<StatusItem> ParseStatusItems(Scanner& scanner) {
  struct Named {
    absl::string_view name;
    StatusItem item;
  };
  static constexpr Named kItems[] = {{"MESSAGES", StatusItem::kMessages},
                                     {"RECENT", StatusItem::kRecent},
                                     {"UIDNEXT", StatusItem::kUidNext},
                                     {"UIDVALIDITY", StatusItem::kUidValidity},
                                     {"UNSEEN", StatusItem::kUnseen},
                                     {"HIGHESTMODSEQ", StatusItem::kHighestModSeq},
                                     {"SIZE", StatusItem::kSize},
                                     {"DELETED", StatusItem::kDeleted},
                                     {"DELETED-STORAGE", StatusItem::kDeletedStorage},
                                     {"MAILBOXID", StatusItem::kMailboxId},
                                     {"APPENDLIMIT", StatusItem::kAppendLimit}};
  std::vector<StatusItem> items;
  scanner.Skip('(');
  do {
    const absl::string_view word = scanner.Word();
    const Named* named = std::find_if(
        std::begin(kItems), std::end(kItems),
        [word](const Named& candidate) { return absl::EqualsIgnoreCase(word, candidate.name); });
    if (named == std::end(kItems)) {
      scanner.Fail("Unknown STATUS item");
    } else if (std::find(items.begin(), items.end(), named->item) == items.end()) {
      items.push_back(named->item);
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return items;
}

StatusArguments ParseStatus(Scanner& scanner) {
  StatusArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  arguments.items = ParseStatusItems(scanner);
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

CompressArguments ParseCompress(Scanner& scanner) {
  return {absl::AsciiStrToUpper(scanner.Atom())};
}

UidBatchesArguments ParseUidBatches(Scanner& scanner) {
  UidBatchesArguments arguments;
  arguments.size = scanner.NzNumber();
  if (scanner.TrySkip(' ')) {
    const std::uint32_t first = scanner.NzNumber();
    scanner.Skip(':');
    arguments.batches = {first, scanner.NzNumber()};
  }
  return arguments;
}

WordsArguments ParseWords(Scanner& scanner) {
  constexpr std::size_t kMaxWords = 10;
  WordsArguments arguments;
  while (scanner.ok() && !scanner.AtEnd()) {
    if (!arguments.words.empty()) {
      scanner.Space();
    }
    arguments.words.push_back(scanner.Astring());
    if (arguments.words.size() > kMaxWords) {
      scanner.Fail("Too many arguments");
    }
  }
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
