// Tables mailbox_acl and shared_mailbox: who else may use an account's mailboxes. Functions with a
// Transaction are for one that has locked the owner's account.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/access/rights.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/ids.h"

namespace posthorn::store {

// Stands for everyone in an access list.
inline constexpr AccountId kAnyone{0};

// A line of a mailbox's access list.
struct AclEntry {
  AccountId grantee;
  bool negative = false;
  std::string identifier;  // as the client wrote it, without the sign
  Rights rights;
};

// What the account was given, with what anyone was, less the negative rights.
Rights LoadRights(Connection& connection, MailboxKey mailbox, AccountId grantee);
// Owners that gave the account, or anyone, rights to a mailbox. Without the account itself.
std::vector<AccountId> LoadOwners(Connection& connection, AccountId grantee);

struct SharedMailbox {
  MailboxKey mailbox;
  std::string name;  // the owner's
  Rights rights;
};
// What these owners gave the account, or anyone.
std::vector<SharedMailbox> LoadShared(Connection& connection, absl::Span<const AccountId> owners,
                                      AccountId grantee);

// By identifier.
std::vector<AclEntry> LoadAcl(Connection& connection, MailboxKey mailbox);
std::vector<AclEntry> LoadAcl(Transaction& transaction, MailboxKey mailbox);
// Empty rights take the line away.
void WriteAclEntry(Transaction& transaction, MailboxKey mailbox, const AclEntry& entry);
// RFC 4314 4: a new mailbox inherits the list of its parent.
void CopyAcl(Transaction& transaction, AccountId owner, MailboxId from, MailboxId to);
void DeleteAcl(Transaction& transaction, MailboxKey mailbox);

// The account of an address by its lookup key, and addresses of accounts (those that exist).
std::optional<AccountId> FindAccount(Connection& connection, const std::string& address_key);
std::map<AccountId, std::string> LoadAddresses(Connection& connection,
                                               absl::Span<const AccountId> accounts);

}  // namespace posthorn::store
