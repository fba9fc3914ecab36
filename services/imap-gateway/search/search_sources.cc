#include "imap-gateway/search/search_sources.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/mailbox/listing.h"
#include "imap-gateway/mailbox/mailbox_name.h"

namespace posthorn::imap {
namespace {

using Kind = SearchSource::Kind;

// The canonical names of those that can be names at all.
std::vector<std::string> Canonical(const std::vector<std::string>& written, NameEncoding encoding) {
  std::vector<std::string> names;
  for (const std::string& wire : written) {
    if (absl::StatusOr<std::string> name = CanonicalMailboxName(wire, encoding); name.ok()) {
      names.push_back(*std::move(name));
    }
  }
  return names;
}

bool IsBelow(absl::string_view name, absl::string_view parent, bool one_level) {
  if (!absl::StartsWith(name, absl::StrCat(parent, "/"))) {
    return false;
  }
  return !one_level || !absl::StrContains(name.substr(parent.size() + 1), '/');
}

bool Matches(const SearchSource& source, const std::vector<std::string>& names,
             const v1::MailboxEntry& entry) {
  switch (source.kind) {
    case Kind::kSelected:
    case Kind::kMailboxes:
      return false;
    case Kind::kInboxes:
      return entry.name() == "INBOX";
    case Kind::kPersonal:
      return !IsOfOtherUsers(entry.name());  // RFC 5465 6.2: the personal name spaces
    case Kind::kSubscribed:
      return entry.subscribed();
    case Kind::kSubtree:
    case Kind::kSubtreeOne:
      return std::any_of(names.begin(), names.end(), [&](const std::string& parent) {
        return IsBelow(entry.name(), parent, source.kind == Kind::kSubtreeOne);
      });
  }
}

}  // namespace

std::vector<std::string> NamesOfSources(
    const std::vector<SearchSource>& sources,
    const google::protobuf::RepeatedPtrField<v1::MailboxEntry>& entries, NameEncoding encoding) {
  std::vector<std::string> names;
  for (const SearchSource& source : sources) {
    const std::vector<std::string> written = Canonical(source.mailboxes, encoding);
    names.insert(names.end(), written.begin(), written.end());
    for (const v1::MailboxEntry& entry : entries) {
      if (entry.has_mailbox_id() && Matches(source, written, entry)) {
        names.push_back(entry.name());
      }
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace posthorn::imap
