#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "imap-gateway/changes/change.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "posthorn/v1/mailbox.pb.h"

namespace posthorn::imap {

// Names a mailbox whatever it is called: its account, and its id there.
inline MailboxKey KeyOf(const v1::MailboxEntry& entry) {
  return {entry.account_id(), entry.mailbox_id()};
}

// The mailboxes that a user sees by name, as they were when they were listed.
using MailboxList = std::map<std::string, v1::MailboxEntry>;

MailboxList ListOf(const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& mailboxes);

// A name that has to be told of again (RFC 5465 5.4, 5.5).
struct ListChange {
  std::string name;
  std::string old_name;       // it was renamed from; empty: it was not
  bool name_changed = false;  // made, deleted or renamed, or that of a child was
  bool subscription_changed = false;
  bool was_subscribed = false;
  bool no_access = false;  // a right is missing for what is asked to be told of it
};

// What became of the list, ordered by name. A mailbox that was renamed with its parent is not told.
std::vector<ListChange> Changes(const MailboxList& before, const MailboxList& now);

// "* LIST (attributes) "/" name" with its old name. `entry` null: the name is none any more.
void AppendListChange(std::string& out, NameEncoding names, const ListChange& change,
                      const v1::MailboxEntry* entry);

}  // namespace posthorn::imap
