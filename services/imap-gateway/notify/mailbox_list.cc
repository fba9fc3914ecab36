#include "imap-gateway/notify/mailbox_list.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

constexpr char kSeparator = '/';

std::string ParentOf(const std::string& name) {
  const std::size_t at = name.rfind(kSeparator);
  return at == std::string::npos ? "" : name.substr(0, at);
}

std::map<MailboxKey, std::string> NamesByKey(const MailboxList& list) {
  std::map<MailboxKey, std::string> names;
  for (const auto& [name, entry] : list) {
    if (entry.has_mailbox_id()) {
      names[KeyOf(entry)] = name;
    }
  }
  return names;
}

class Comparison {
 public:
  Comparison(const MailboxList& before, const MailboxList& now)
      : before_(before), now_(now), old_names_(NamesByKey(before)), new_names_(NamesByKey(now)) {}

  std::vector<ListChange> Run() {
    for (const auto& [name, entry] : now_) {
      CompareNow(name, entry);
    }
    for (const auto& [name, entry] : before_) {
      // What has its mailbox under another name is told of there.
      if (entry.has_mailbox_id() && !new_names_.contains(KeyOf(entry))) {
        const auto now = now_.find(name);
        if (now == now_.end() || !now->second.has_mailbox_id()) {
          NameChanged(name);
        }
      }
      if (entry.subscribed() && !Subscribed(now_, name)) {
        SubscriptionChanged(name, true);
      }
    }
    std::vector<ListChange> changes;
    for (auto& [name, change] : changes_) {
      changes.push_back(std::move(change));
    }
    return changes;
  }

 private:
  static bool Subscribed(const MailboxList& list, const std::string& name) {
    const auto found = list.find(name);
    return found != list.end() && found->second.subscribed();
  }

  ListChange& At(const std::string& name) {
    ListChange& change = changes_[name];
    change.name = name;
    return change;
  }

  // RFC 5465 5.4: the direct parent is affected too.
  void NameChanged(const std::string& name) {
    At(name).name_changed = true;
    if (const std::string parent = ParentOf(name); !parent.empty()) {
      At(parent).name_changed = true;
    }
  }

  void SubscriptionChanged(const std::string& name, bool before) {
    At(name).subscription_changed = true;
    At(name).was_subscribed = before;
  }

  void CompareNow(const std::string& name, const v1::MailboxEntry& entry) {
    if (entry.subscribed() && !Subscribed(before_, name)) {
      SubscriptionChanged(name, false);
    }
    if (!entry.has_mailbox_id()) {
      return;
    }
    const auto old = old_names_.find(KeyOf(entry));
    if (old == old_names_.end()) {
      NameChanged(name);
    } else if (old->second != name && !RenamedWithParent(old->second, name)) {
      At(name).name_changed = true;
      At(name).old_name = old->second;
    }
  }

  // RFC 5465 5.4: nothing is told of the children of what is renamed.
  bool RenamedWithParent(std::string from, std::string to) const {
    while (true) {
      const std::string from_parent = ParentOf(from);
      const std::string to_parent = ParentOf(to);
      if (from_parent.empty() || to_parent.empty() ||
          from.substr(from_parent.size()) != to.substr(to_parent.size())) {
        return false;
      }
      const auto old = before_.find(from_parent);
      const auto now = now_.find(to_parent);
      if (from_parent != to_parent && old != before_.end() && now != now_.end() &&
          old->second.has_mailbox_id() && now->second.has_mailbox_id() &&
          KeyOf(old->second) == KeyOf(now->second)) {
        return true;
      }
      from = from_parent;
      to = to_parent;
    }
  }

  const MailboxList& before_;
  const MailboxList& now_;
  const std::map<MailboxKey, std::string> old_names_;
  const std::map<MailboxKey, std::string> new_names_;
  std::map<std::string, ListChange> changes_;
};

}  // namespace

MailboxList ListOf(const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& mailboxes) {
  MailboxList list;
  for (const v1::MailboxEntry& entry : mailboxes) {
    list[entry.name()] = entry;
  }
  return list;
}

std::vector<ListChange> Changes(const MailboxList& before, const MailboxList& now) {
  return Comparison(before, now).Run();
}

void AppendListChange(std::string& out, NameEncoding names, const ListChange& change,
                      const v1::MailboxEntry* entry) {
  std::vector<absl::string_view> attributes;
  if (entry == nullptr || !entry->has_mailbox_id()) {
    attributes.push_back("\\NonExistent");
  }
  if (change.no_access) {
    attributes.push_back("\\NoAccess");
  }
  if (entry != nullptr) {
    attributes.push_back(entry->has_children() ? "\\HasChildren" : "\\HasNoChildren");
    if (entry->subscribed()) {
      attributes.push_back("\\Subscribed");
    }
  }
  absl::StrAppend(&out, "* LIST (", absl::StrJoin(attributes, " "), ") \"/\" ");
  AppendMailbox(out, change.name, names);
  if (!change.old_name.empty()) {
    out.append(" (\"OLDNAME\" (");
    AppendMailbox(out, change.old_name, names);
    out.append("))");
  }
  out.append("\r\n");
}

}  // namespace posthorn::imap
