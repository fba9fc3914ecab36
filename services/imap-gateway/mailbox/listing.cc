#include "imap-gateway/mailbox/listing.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/mailbox/list_pattern.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/mailbox/special_use.h"

namespace posthorn::imap {
namespace {

using Entries = google::protobuf::RepeatedPtrField<v1::MailboxEntry>;

// The patterns of one command. INBOX is matched without case (RFC 3501 5.1).
class Patterns {
 public:
  explicit Patterns(const ListArguments& arguments) {
    for (const std::string& pattern : arguments.patterns) {
      const auto canonical =
          CanonicalListPattern(JoinReference(arguments.reference, pattern), arguments.names);
      // What is no valid name matches none.
      if (canonical.ok()) {
        patterns_.emplace_back(*canonical);
        for_inbox_.emplace_back(absl::AsciiStrToUpper(*canonical));
      }
    }
  }
  bool Match(const std::string& name) const {
    const auto matches = [&name](const ListPattern& pattern) { return pattern.Matches(name); };
    return std::any_of(patterns_.begin(), patterns_.end(), matches) ||
           (IsInbox(name) && std::any_of(for_inbox_.begin(), for_inbox_.end(), matches));
  }

 private:
  std::vector<ListPattern> patterns_;
  std::vector<ListPattern> for_inbox_;
};

// Every proper parent of `name`, into `parents`.
void AddParents(const std::string& name, absl::btree_set<std::string>& parents) {
  for (std::size_t at = name.find(kHierarchySeparator); at != std::string::npos;
       at = name.find(kHierarchySeparator, at + 1)) {
    parents.insert(name.substr(0, at));
  }
}

absl::btree_set<std::string> ParentsOfSubscribed(const Entries& mailboxes) {
  absl::btree_set<std::string> parents;
  for (const v1::MailboxEntry& entry : mailboxes) {
    if (entry.subscribed()) {
      AddParents(entry.name(), parents);
    }
  }
  return parents;
}

ListLine LineFor(const v1::MailboxEntry& entry, const ListArguments& arguments, bool rev2) {
  ListLine line;
  line.name = entry.name();
  line.entry = &entry;
  if (!entry.has_mailbox_id()) {
    // RFC 5258 3: \NonExistent says more, but only to those that know it.
    line.attributes.push_back(arguments.extended || rev2 ? "\\NonExistent" : "\\Noselect");
  }
  line.attributes.push_back(entry.has_children() ? "\\HasChildren" : "\\HasNoChildren");
  const absl::string_view use = SpecialUseName(entry.special_use());
  if (!use.empty()) {
    line.attributes.emplace_back(use);
  }
  const bool show_subscribed = arguments.select.subscribed || arguments.returned.subscribed;
  if (show_subscribed && entry.subscribed()) {
    line.attributes.push_back("\\Subscribed");
  }
  return line;
}

// What the selection options ask of a mailbox (RFC 5258 3.1).
bool MeetsCriteria(const v1::MailboxEntry& entry, const ListArguments::Select& select) {
  const bool exists = entry.has_mailbox_id() || entry.has_children();
  return (select.subscribed ? entry.subscribed() : exists) &&
         (!select.special_use || entry.special_use() != v1::SPECIAL_USE_NONE);
}

// For RECURSIVEMATCH: names with mailboxes below them that meet the criteria.
struct Ancestors {
  absl::btree_set<std::string> all;
  // Those with one that the patterns do not show. RFC 5258 3.5: only for these is a line worth it
  // that does not meet the criteria itself.
  absl::btree_set<std::string> of_hidden;
};

Ancestors FindAncestors(const Entries& mailboxes, const ListArguments& arguments,
                        const Patterns& patterns) {
  Ancestors ancestors;
  for (const v1::MailboxEntry& entry : mailboxes) {
    if (MeetsCriteria(entry, arguments.select)) {
      AddParents(entry.name(), ancestors.all);
      if (!patterns.Match(entry.name())) {
        AddParents(entry.name(), ancestors.of_hidden);
      }
    }
  }
  return ancestors;
}

}  // namespace

std::vector<ListLine> SelectForList(const Entries& mailboxes, const ListArguments& arguments,
                                    bool rev2) {
  const Patterns patterns(arguments);
  Ancestors ancestors;
  if (arguments.select.recursive_match) {
    ancestors = FindAncestors(mailboxes, arguments, patterns);
  }
  std::vector<ListLine> lines;
  for (const v1::MailboxEntry& entry : mailboxes) {
    if (!patterns.Match(entry.name())) {
      continue;
    }
    const bool meets = MeetsCriteria(entry, arguments.select);
    if (meets || ancestors.of_hidden.contains(entry.name())) {
      lines.push_back(LineFor(entry, arguments, rev2));
      lines.back().child_info = ancestors.all.contains(entry.name());
    }
    ancestors.of_hidden.erase(entry.name());
  }
  // What is left are names that stand for nothing but what is subscribed below them.
  for (const std::string& name : ancestors.of_hidden) {
    if (patterns.Match(name)) {
      lines.push_back({.name = name, .attributes = {"\\NonExistent"}, .child_info = true});
    }
  }
  return lines;
}

bool IsOfOtherUsers(absl::string_view name) {
  return name == kOtherUsersName || absl::StartsWith(name, absl::StrCat(kOtherUsersName, "/"));
}

bool MayMatchOthers(const ListArguments& arguments) {
  return std::any_of(
      arguments.patterns.begin(), arguments.patterns.end(), [&](const std::string& pattern) {
        const std::string joined = JoinReference(arguments.reference, pattern);
        const absl::string_view literal =
            absl::string_view(joined).substr(0, joined.find_first_of("*%"));
        return absl::StartsWith(literal, kOtherUsersName) ||
               (literal.size() < joined.size() && absl::StartsWith(kOtherUsersName, literal));
      });
}

std::vector<ListLine> SelectForLsub(const Entries& mailboxes, const ListArguments& arguments) {
  const Patterns patterns(arguments);
  const absl::btree_set<std::string> parents = ParentsOfSubscribed(mailboxes);
  absl::btree_set<std::string> subscribed;
  std::vector<ListLine> lines;
  for (const v1::MailboxEntry& entry : mailboxes) {
    if (entry.subscribed()) {
      subscribed.insert(entry.name());
      if (patterns.Match(entry.name())) {
        ListLine line;
        line.name = entry.name();
        if (!entry.has_mailbox_id()) {
          line.attributes.push_back("\\Noselect");
        }
        lines.push_back(std::move(line));
      }
    }
  }
  const bool percent =
      std::any_of(arguments.patterns.begin(), arguments.patterns.end(),
                  [](const std::string& pattern) { return absl::StrContains(pattern, "%"); });
  for (const std::string& parent : parents) {
    if (percent && !subscribed.contains(parent) && patterns.Match(parent)) {
      lines.push_back({.name = parent, .attributes = {"\\Noselect"}});
    }
  }
  return lines;
}

}  // namespace posthorn::imap
