// Table annotation.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// The server's entries of an account are kept beside those of its mailboxes.
inline constexpr MailboxId kServerEntries{0};

struct AnnotationRow {
  MailboxKey mailbox;
  bool shared = false;
  std::string path;  // EntryName::path
  std::string value;
};

// Those of the mailboxes that the user sees: shared ones and its own private ones. By mailbox and
// path.
std::vector<AnnotationRow> LoadAnnotations(Connection& connection,
                                           absl::Span<const MailboxKey> mailboxes, AccountId user);
std::vector<AnnotationRow> LoadAnnotations(Transaction& transaction,
                                           absl::Span<const MailboxKey> mailboxes, AccountId user);
// The user's own if it is private.
void WriteAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user);
void RemoveAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user);

// RFC 5464 4.1: with a RENAME of INBOX everybody's entries are copied.
void CopyAnnotations(Transaction& transaction, AccountId account, MailboxId from, MailboxId to);
void DeleteAnnotations(Transaction& transaction, MailboxKey mailbox);

}  // namespace posthorn::store
