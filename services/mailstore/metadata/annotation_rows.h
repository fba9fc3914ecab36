// Table annotation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/metadata/entry_name.h"

namespace posthorn::store {

// The server's entries of an account are kept beside those of its mailboxes.
inline constexpr MailboxId kServerEntries{0};
// user_id of shared entries.
inline constexpr AccountId kNobody{0};
inline AccountId UserOf(bool shared, AccountId user) { return shared ? kNobody : user; }

struct AnnotationRow {
  MailboxKey mailbox;
  bool shared = false;
  std::string path;  // EntryName::path
  std::string value;
};

// Which entries of which mailboxes, as a user sees them: shared ones and its own private ones.
struct AnnotationQuery {
  absl::Span<const MailboxKey> mailboxes;
  AccountId user;
  absl::Span<const EntryName> entries;
  bool below = false;  // and all that is below them
};
// How many octets LoadAnnotations would give.
int64_t AnnotationOctets(Connection& connection, const AnnotationQuery& query);
// By mailbox and path.
std::vector<AnnotationRow> LoadAnnotations(Connection& connection, const AnnotationQuery& query);
// All entries of a mailbox that the user sees, without their values.
std::vector<AnnotationRow> LoadEntries(Transaction& transaction, MailboxKey mailbox,
                                       AccountId user);

// What one user, or all with shared entries, may have in an account.
inline constexpr int64_t kMaxAccountEntries = 10'000;
inline constexpr int64_t kMaxAccountOctets = 32 << 20;

struct AnnotationTotals {
  int64_t entries = 0;
  int64_t octets = 0;
  bool Fit() const { return entries <= kMaxAccountEntries && octets <= kMaxAccountOctets; }
};
// Of all mailboxes of an account: of the shared entries, or the user's own.
AnnotationTotals CountAnnotations(Transaction& transaction, AccountId account, bool shared,
                                  AccountId user);
// The user's own if it is private.
void WriteAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user);
void RemoveAnnotation(Transaction& transaction, const AnnotationRow& row, AccountId user);

// RFC 5464 4.1: with a RENAME of INBOX everybody's entries are copied. False if there are too many
// then, shared ones or the account's own; others' that do not fit are left out.
bool CopyAnnotations(Transaction& transaction, AccountId account, MailboxId from, MailboxId to);
void DeleteAnnotations(Transaction& transaction, MailboxKey mailbox);

}  // namespace posthorn::store
