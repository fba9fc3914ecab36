#include "mailstore/mailbox/name_tree.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/rpc/status.h"
#include "mail/charset.h"

namespace posthorn::store {
namespace {

using v1::ErrorDetail;

constexpr size_t kMaxNameSize = 1'000;
constexpr size_t kMaxLevels = 64;

absl::Status Invalid(absl::string_view why) {
  return rpc::MakeError(absl::StatusCode::kInvalidArgument,
                        ErrorDetail::REASON_MAILBOX_NAME_INVALID, why);
}

absl::Status NotFound() {
  return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                        "no such mailbox");
}

absl::Status Exists() {
  return rpc::MakeError(absl::StatusCode::kAlreadyExists, ErrorDetail::REASON_MAILBOX_EXISTS,
                        "the mailbox exists");
}

absl::Status TooMany() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_TOO_MANY,
                        "too many mailboxes");
}

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::optional<MailboxId> NearestParent(const std::map<std::string, NameRow>& names,
                                       std::string name) {
  for (size_t slash = name.rfind('/'); slash != std::string::npos; slash = name.rfind('/')) {
    name.resize(slash);
    if (const auto it = names.find(name); it != names.end() && it->second.mailbox.has_value()) {
      return it->second.mailbox;
    }
  }
  return std::nullopt;
}

absl::Status CheckMailboxName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxNameSize) {
    return Invalid("mailbox name: 1 to 1,000 octets");
  }
  if (!mail::IsValidUtf8(name) || std::any_of(name.begin(), name.end(), IsControl)) {
    return Invalid("mailbox name: UTF-8 without control characters");
  }
  const std::vector<absl::string_view> levels = absl::StrSplit(name, '/');
  if (levels.size() > kMaxLevels ||
      std::any_of(levels.begin(), levels.end(), [](absl::string_view l) { return l.empty(); })) {
    return Invalid("mailbox name: at most 64 levels, none empty");
  }
  if (absl::EqualsIgnoreCase(levels.front(), "INBOX") && levels.front() != "INBOX") {
    return Invalid("mailbox name: INBOX is spelled so");
  }
  return absl::OkStatus();
}

NameRow& NameTree::Touch(const std::string& name) {
  changed_.insert(name);
  return rows_[name];
}

bool NameTree::HasChildren(const std::string& name) const {
  const std::string prefix = name + "/";
  for (auto it = rows_.lower_bound(prefix);
       it != rows_.end() && absl::StartsWith(it->first, prefix); ++it) {
    if (it->second.mailbox.has_value() || it->second.parent) {
      return true;
    }
  }
  return false;
}

int NameTree::CountMailboxes() const {
  return static_cast<int>(std::count_if(
      rows_.begin(), rows_.end(), [](const auto& row) { return row.second.mailbox.has_value(); }));
}

void NameTree::AddParents(const std::string& name) {
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    const std::string parent = name.substr(0, slash);
    const auto it = rows_.find(parent);
    if (it == rows_.end() || (!it->second.mailbox.has_value() && !it->second.parent)) {
      Touch(parent).parent = true;
    }
  }
}

void NameTree::Prune(const std::string& name) {
  const auto it = rows_.find(name);
  if (it == rows_.end() || it->second.mailbox.has_value()) {
    return;
  }
  const bool parent = HasChildren(name);
  if (it->second.parent != parent) {
    Touch(name).parent = parent;
  }
  if (!parent && !it->second.subscribed) {
    changed_.insert(name);
    rows_.erase(it);
  }
}

void NameTree::PruneParents(std::string name) {
  for (size_t slash = name.rfind('/'); slash != std::string::npos; slash = name.rfind('/')) {
    name.resize(slash);
    Prune(name);
  }
}

bool NameTree::IsFree(int special_use) const {
  // RFC 6154 2: \All and \Flagged would be views of other mailboxes; there are none here.
  if (special_use == v1::SPECIAL_USE_ALL || special_use == v1::SPECIAL_USE_FLAGGED) {
    return false;
  }
  return std::none_of(rows_.begin(), rows_.end(), [special_use](const auto& row) {
    return row.second.special_use == special_use;
  });
}

absl::Status NameTree::Create(const std::string& name, MailboxId mailbox, int special_use) {
  const auto it = rows_.find(name);
  if (it != rows_.end() && it->second.mailbox.has_value()) {
    return Exists();
  }
  if (rows_.size() >= kMaxNames) {
    return TooMany();
  }
  if (special_use != v1::SPECIAL_USE_NONE && !IsFree(special_use)) {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition, ErrorDetail::REASON_SPECIAL_USE,
                          "another mailbox has this special use, or none can have it");
  }
  NameRow& row = Touch(name);
  row.mailbox = mailbox;
  row.special_use = special_use;
  row.parent = false;
  AddParents(name);
  return absl::OkStatus();
}

absl::Status NameTree::Delete(const std::string& name, std::optional<MailboxId>* mailbox) {
  if (name == "INBOX") {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition,
                          ErrorDetail::REASON_MAILBOX_PROTECTED, "INBOX cannot be deleted");
  }
  const auto it = rows_.find(name);
  if (it == rows_.end() || (!it->second.mailbox.has_value() && !it->second.parent)) {
    return NotFound();
  }
  // RFC 9051 6.3.5: a name with \Noselect and children cannot be deleted.
  if (!it->second.mailbox.has_value()) {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition,
                          ErrorDetail::REASON_MAILBOX_HAS_CHILDREN, "the mailbox has children");
  }
  *mailbox = std::exchange(Touch(name).mailbox, std::nullopt);
  rows_[name].special_use = 0;
  Prune(name);
  PruneParents(name);
  return absl::OkStatus();
}

absl::Status NameTree::Rename(const std::string& from, const std::string& to) {
  const std::string prefix = from + "/";
  if (from == to) {
    return Exists();
  }
  if (absl::StartsWith(to, prefix)) {
    return Invalid("a mailbox cannot be moved below itself");
  }
  // All mailboxes at and below `from`, by the rest of their names.
  std::map<std::string, NameRow> moving;
  for (auto it = rows_.lower_bound(from); it != rows_.end() && absl::StartsWith(it->first, from);
       ++it) {
    const bool below = it->first == from || absl::StartsWith(it->first, prefix);
    if (below && it->second.mailbox.has_value()) {
      moving[it->first.substr(from.size())] = it->second;
    }
  }
  if (moving.empty()) {
    return NotFound();
  }
  if (const auto target = rows_.find(to); target != rows_.end() && target->second.mailbox) {
    return Exists();
  }
  for (const auto& [rest, row] : moving) {
    const std::string name = absl::StrCat(to, rest);
    const auto target = rows_.find(name);
    if (target != rows_.end() && target->second.mailbox.has_value()) {
      return Exists();
    }
    if (const absl::Status status = CheckMailboxName(name); !status.ok()) {
      return status;
    }
  }
  // RFC 9051 6.3.8: subscriptions are to names, they stay.
  for (const auto& [rest, row] : moving) {
    NameRow& old = Touch(absl::StrCat(from, rest));
    old.mailbox.reset();
    old.special_use = 0;
    NameRow& moved = Touch(absl::StrCat(to, rest));
    moved.mailbox = row.mailbox;
    moved.special_use = row.special_use;
    moved.parent = false;
  }
  for (auto it = moving.rbegin(); it != moving.rend(); ++it) {
    const std::string old = absl::StrCat(from, it->first);
    Prune(old);
    PruneParents(old);
    AddParents(absl::StrCat(to, it->first));
  }
  return absl::OkStatus();
}

void NameTree::SetSubscribed(const std::string& name, bool subscribed) {
  const auto it = rows_.find(name);
  if (it == rows_.end() && !subscribed) {
    return;
  }
  NameRow& row = Touch(name);
  row.subscribed = subscribed;
  if (!subscribed && !row.mailbox.has_value() && !row.parent) {
    rows_.erase(name);
  }
}

}  // namespace posthorn::store
