// The names of an account's mailboxes, and what CREATE, DELETE, RENAME and subscriptions do to them
// (RFC 9051 6.3.4 to 6.3.8). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct NameRow {
  std::optional<MailboxId> mailbox;  // absent: the name cannot be selected
  int special_use = 0;               // v1::SpecialUse
  bool subscribed = false;
  bool parent = false;  // kept for its children although it has no mailbox
  friend bool operator==(const NameRow&, const NameRow&) = default;
};

class NameTree {
 public:
  static constexpr size_t kMaxNames = 10'000;

  explicit NameTree(std::map<std::string, NameRow> rows) : rows_(std::move(rows)) {}

  const std::map<std::string, NameRow>& rows() const { return rows_; }
  bool HasChildren(const std::string& name) const;
  int CountMailboxes() const;

  // Gives the name a mailbox, and names to its missing parents. AlreadyExists
  // REASON_MAILBOX_EXISTS; ResourceExhausted REASON_TOO_MANY; FailedPrecondition
  // REASON_SPECIAL_USE for a use that another mailbox has, or that none can have here.
  absl::Status Create(const std::string& name, MailboxId mailbox, int special_use);
  // Takes the mailbox from the name. NotFound REASON_MAILBOX_NOT_FOUND; FailedPrecondition
  // REASON_MAILBOX_PROTECTED (INBOX), REASON_MAILBOX_HAS_CHILDREN (a name without a mailbox that is
  // the parent of others). *mailbox is absent if there was only a name.
  absl::Status Delete(const std::string& name, std::optional<MailboxId>* mailbox);
  // Moves the mailbox and all below it. Not for INBOX. NotFound, AlreadyExists as above;
  // InvalidArgument REASON_MAILBOX_NAME_INVALID for a target below the source.
  absl::Status Rename(const std::string& from, const std::string& to);
  void SetSubscribed(const std::string& name, bool subscribed);

  // Names whose row differs from what the tree began with: to be written, or deleted if they are
  // not in rows() any more.
  const std::set<std::string>& changed() const { return changed_; }

 private:
  // Whether a mailbox may be given this special use.
  bool IsFree(int special_use) const;
  NameRow& Touch(const std::string& name);
  void AddParents(const std::string& name);
  // Drops the row if nothing is left that needs it.
  void Prune(const std::string& name);
  void PruneParents(std::string name);

  std::map<std::string, NameRow> rows_;
  std::set<std::string> changed_;
};

// The mailbox of the nearest name above `name` that has one.
std::optional<MailboxId> NearestParent(const std::map<std::string, NameRow>& names,
                                       std::string name);

// RFC 9051 5.1, and our limits: UTF-8 without controls, 1 to 1,000 octets, at most 64 levels, none
// empty; "INBOX" in that spelling only. InvalidArgument REASON_MAILBOX_NAME_INVALID.
absl::Status CheckMailboxName(absl::string_view name);

}  // namespace posthorn::store
