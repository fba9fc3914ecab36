#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/parser/sequence_set.h"

namespace posthorn::imap {

// The arguments of the commands that need no file of their own. Every parser starts behind the
// command's name and its space (or at the end, for those without arguments).

struct NoArguments {};
NoArguments ParseNothing(Scanner& scanner);

struct LoginArguments {
  std::string user;
  std::string password;
};
LoginArguments ParseLogin(Scanner& scanner);

struct AuthenticateArguments {
  std::string mechanism;  // upper case
  // RFC 4959: BASE64 as written, "=" for an empty response.
  std::optional<std::string> initial_response;
};
AuthenticateArguments ParseAuthenticate(Scanner& scanner);

// RFC 3501 6.3.3 with the parameter of RFC 6154 3.
struct CreateArguments {
  std::string mailbox;
  std::vector<std::string> uses;  // special-use attributes, as written
};
CreateArguments ParseCreate(Scanner& scanner);

struct MailboxArguments {
  std::string mailbox;  // as written
};
MailboxArguments ParseMailbox(Scanner& scanner);

struct RenameArguments {
  std::string from;
  std::string to;
};
RenameArguments ParseRename(Scanner& scanner);

// RFC 3501 6.3.10, RFC 9051 6.3.11 (SIZE, DELETED), RFC 9208 4.1.4 (DELETED-STORAGE), RFC 8474 4.3
// (MAILBOXID), RFC 7889 4 (APPENDLIMIT), RFC 7162 3.1.7 (HIGHESTMODSEQ).
enum class StatusItem {
  kMessages,
  kRecent,
  kUidNext,
  kUidValidity,
  kUnseen,
  kHighestModSeq,
  kSize,
  kDeleted,
  kDeletedStorage,
  kMailboxId,
  kAppendLimit,
};
// "(MESSAGES UNSEEN)", each once.
std::vector<StatusItem> ParseStatusItems(Scanner& scanner);
struct StatusArguments {
  std::string mailbox;
  std::vector<StatusItem> items;  // each once
};
StatusArguments ParseStatus(Scanner& scanner);

struct CopyArguments {
  SequenceSet set;
  std::string mailbox;
};
CopyArguments ParseCopy(Scanner& scanner);

struct SetArguments {
  SequenceSet set;
};
SetArguments ParseSet(Scanner& scanner);

// RFC 2971: at most 30 pairs; a field of 30 octets, a value of 1,024.
struct IdArguments {
  std::vector<std::pair<std::string, std::optional<std::string>>> fields;
};
IdArguments ParseId(Scanner& scanner);

// RFC 5161.
struct EnableArguments {
  std::vector<std::string> capabilities;  // upper case
};
EnableArguments ParseEnable(Scanner& scanner);

// RFC 4978 5.
struct CompressArguments {
  std::string algorithm;  // upper case
};
CompressArguments ParseCompress(Scanner& scanner);

// RFC 10022: the size of a batch, and which batches, counted from the newest.
struct UidBatchesArguments {
  std::uint32_t size = 0;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> batches;  // first, last
};
UidBatchesArguments ParseUidBatches(Scanner& scanner);

// None to ten astrings: LANGUAGE and COMPARATOR (RFC 5255 3.5, 4.10).
struct WordsArguments {
  std::vector<std::string> words;
};
WordsArguments ParseWords(Scanner& scanner);

}  // namespace posthorn::imap
