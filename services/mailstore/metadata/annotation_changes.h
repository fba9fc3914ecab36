// Table annotation_change: which entries changed, by versions that count up in each account.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"
#include "mailstore/metadata/annotation_rows.h"

namespace posthorn::store {

// By account.
using AnnotationVersions = std::map<AccountId, int64_t>;

// What a transaction that has locked the account changes has one version, which this makes. Of the
// versions before only so many are kept: who does not ask for longer is told less.
int64_t NextAnnotationVersion(Transaction& transaction, AccountId account);
// Remembers that the entry has changed; it is the user's own if it is private.
void RecordAnnotationChange(Transaction& transaction, const AnnotationRow& row, AccountId user,
                            int64_t version);
// With the mailbox's annotations.
void DeleteAnnotationChanges(Transaction& transaction, MailboxKey mailbox);

// The versions of accounts by now. Of those that exist.
AnnotationVersions LoadAnnotationVersions(Connection& connection,
                                          const std::vector<AccountId>& accounts);

struct AnnotationChange {
  MailboxKey mailbox;
  bool shared = false;
  std::string path;
  int64_t version = 0;
  std::string mailbox_name;  // the owner's; empty for the server's entries
};
// Changes of shared entries and of the user's own that are later than `after` and not later than
// `until`, both by account; at most 10,000, the latest. By mailbox and path.
std::vector<AnnotationChange> LoadAnnotationChanges(Connection& connection,
                                                    const AnnotationVersions& after,
                                                    const AnnotationVersions& until,
                                                    AccountId user);

}  // namespace posthorn::store
