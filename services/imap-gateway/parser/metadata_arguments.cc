#include "imap-gateway/parser/metadata_arguments.h"

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxEntryName = 512;

std::string Entry(Scanner& scanner) {
  std::string entry = scanner.Astring();
  if (entry.empty() || entry.size() > kMaxEntryName) {
    scanner.Fail("Entry name of 1 to 512 octets expected");
  }
  return entry;
}

MetadataDepth Depth(Scanner& scanner) {
  const absl::string_view word = scanner.Word();
  if (word == "1") {
    return MetadataDepth::kOne;
  }
  if (absl::EqualsIgnoreCase(word, "infinity")) {
    return MetadataDepth::kInfinity;
  }
  if (word != "0") {
    scanner.Fail("DEPTH is 0, 1 or infinity");
  }
  return MetadataDepth::kZero;
}

// "(" option *(SP option) ")", the parenthesis read.
void Options(Scanner& scanner, GetMetadataArguments& arguments) {
  do {
    if (scanner.TrySkipWord("MAXSIZE")) {
      scanner.Space();
      arguments.max_size = scanner.Number();
    } else if (scanner.TrySkipWord("DEPTH")) {
      scanner.Space();
      arguments.depth = Depth(scanner);
    } else {
      scanner.Fail("Unknown GETMETADATA option");
    }
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
}

// Entries with the parenthesis read.
std::vector<std::string> EntryList(Scanner& scanner) {
  std::vector<std::string> entries;
  do {
    if (entries.size() >= kMaxMetadataEntries) {
      scanner.Fail("Too many entries");
    }
    entries.push_back(Entry(scanner));
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return entries;
}

bool AtOption(absl::string_view rest) {
  return absl::StartsWithIgnoreCase(rest, "MAXSIZE ") || absl::StartsWithIgnoreCase(rest, "DEPTH ");
}

}  // namespace

std::vector<std::string> ParseMetadataEntries(Scanner& scanner) {
  if (scanner.TrySkip('(')) {
    return EntryList(scanner);
  }
  return {Entry(scanner)};
}

GetMetadataArguments ParseGetMetadata(Scanner& scanner) {
  GetMetadataArguments arguments;
  if (scanner.TrySkip('(')) {
    Options(scanner, arguments);
    scanner.Space();
  }
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  if (!scanner.TrySkip('(')) {
    arguments.entries = {Entry(scanner)};
    return arguments;
  }
  if (AtOption(scanner.rest())) {
    Options(scanner, arguments);
    scanner.Space();
    arguments.entries = ParseMetadataEntries(scanner);
  } else {
    arguments.entries = EntryList(scanner);
  }
  return arguments;
}

SetMetadataArguments ParseSetMetadata(Scanner& scanner) {
  SetMetadataArguments arguments;
  arguments.mailbox = scanner.Astring();
  scanner.Space();
  scanner.Skip('(');
  do {
    if (arguments.entries.size() >= kMaxMetadataEntries) {
      scanner.Fail("Too many entries");
    }
    std::string entry = Entry(scanner);
    scanner.Space();
    std::optional<std::string> value = scanner.NstringOrLiteral8();
    arguments.entries.emplace_back(std::move(entry), std::move(value));
  } while (scanner.ok() && scanner.TrySkip(' '));
  scanner.Skip(')');
  return arguments;
}

}  // namespace posthorn::imap
