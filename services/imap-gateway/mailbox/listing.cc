#include "imap-gateway/mailbox/listing.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/mailbox/list_pattern.h"
#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {
namespace {

using Entries = google::protobuf::RepeatedPtrField<v1::MailboxEntry>;

// The patterns of one command. INBOX is matched without case (RFC 3501 5.1).
class Patterns {
 public:
  explicit Patterns(const ListArguments& arguments) {
    for (const std::string& pattern : arguments.patterns) {
      const auto canonical = CanonicalListPattern(JoinReference(arguments.reference, pattern));
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

absl::string_view SpecialUseName(v1::SpecialUse use) {
  switch (use) {
    case v1::SPECIAL_USE_ALL:
      return "\\All";
    case v1::SPECIAL_USE_ARCHIVE:
      return "\\Archive";
    case v1::SPECIAL_USE_DRAFTS:
      return "\\Drafts";
    case v1::SPECIAL_USE_FLAGGED:
      return "\\Flagged";
    case v1::SPECIAL_USE_JUNK:
      return "\\Junk";
    case v1::SPECIAL_USE_SENT:
      return "\\Sent";
    case v1::SPECIAL_USE_TRASH:
      return "\\Trash";
    default:
      return "";
  }
}

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

ListLine LineFor(const v1::MailboxEntry& entry, bool show_subscribed, bool extended) {
  ListLine line;
  line.name = entry.name();
  if (!entry.has_mailbox_id()) {
    // RFC 5258 3: \NonExistent says more, but only to those that know it.
    line.attributes.push_back(extended ? "\\NonExistent" : "\\Noselect");
  }
  line.attributes.push_back(entry.has_children() ? "\\HasChildren" : "\\HasNoChildren");
  const absl::string_view use = SpecialUseName(entry.special_use());
  if (!use.empty()) {
    line.attributes.emplace_back(use);
  }
  if (show_subscribed && entry.subscribed()) {
    line.attributes.push_back("\\Subscribed");
  }
  return line;
}

}  // namespace

std::vector<ListLine> SelectForList(const Entries& mailboxes, const ListArguments& arguments) {
  const Patterns patterns(arguments);
  const ListArguments::Select& select = arguments.select;
  const bool show_subscribed = select.subscribed || arguments.returned.subscribed;
  absl::btree_set<std::string> subscribed_below;
  if (select.recursive_match) {
    subscribed_below = ParentsOfSubscribed(mailboxes);
  }
  std::vector<ListLine> lines;
  for (const v1::MailboxEntry& entry : mailboxes) {
    if (!patterns.Match(entry.name())) {
      continue;
    }
    const bool below = select.subscribed && subscribed_below.contains(entry.name());
    const bool exists = entry.has_mailbox_id() || entry.has_children();
    const bool chosen = (select.subscribed ? entry.subscribed() : exists) &&
                        (!select.special_use || entry.special_use() != v1::SPECIAL_USE_NONE);
    if (chosen || below) {
      lines.push_back(LineFor(entry, show_subscribed, arguments.extended));
      lines.back().child_info = below;
    }
  }
  return lines;
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
      lines.push_back({parent, {"\\Noselect"}});
    }
  }
  return lines;
}

}  // namespace posthorn::imap
