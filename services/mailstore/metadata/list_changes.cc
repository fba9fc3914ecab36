#include "mailstore/metadata/list_changes.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/access/acl_rows.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/metadata/annotation_changes.h"
#include "mailstore/metadata/entry_name.h"
#include "mailstore/metadata/entry_rights.h"

namespace posthorn::store {
namespace {

constexpr int kMaxAccounts = 10'000;

// What the caller calls the mailboxes of others whose entries it may read.
std::map<MailboxKey, std::string> NamesOfOthers(Connection& connection, AccountId caller,
                                                const std::vector<AccountId>& owners) {
  std::map<MailboxKey, std::string> names;
  if (owners.empty()) {
    return names;
  }
  const std::map<AccountId, std::string> addresses = LoadAddresses(connection, owners);
  for (const SharedMailbox& shared : LoadShared(connection, owners, caller)) {
    const auto owner = addresses.find(shared.mailbox.account);
    if (owner != addresses.end() && shared.rights.Has(Right::kLookup) &&
        shared.rights.HasAny(kAnyForEntries)) {
      names[shared.mailbox] = MakeSharedName(owner->second, shared.name);
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<v1::ListMetadataChangesResponse> ListMetadataChanges(
    Connection& connection, AccountId caller, const v1::ListMetadataChangesRequest& request) {
  if (request.known_size() > kMaxAccounts) {
    return absl::InvalidArgumentError("at most 10,000 accounts");
  }
  const std::vector<AccountId> owners = LoadOwners(connection, caller);
  std::vector<AccountId> accounts = owners;
  accounts.push_back(caller);
  // Before the changes: what is committed in between is told the next time.
  const AnnotationVersions now = LoadAnnotationVersions(connection, accounts);
  AnnotationVersions known;
  for (const v1::MetadataVersion& version : request.known()) {
    known[AccountId(version.account_id())] = static_cast<int64_t>(version.version());
  }
  v1::ListMetadataChangesResponse response;
  for (const auto& [account, version] : now) {
    v1::MetadataVersion* told = response.add_versions();
    told->set_account_id(account.value());
    told->set_version(static_cast<uint64_t>(version));
  }
  std::optional<std::map<MailboxKey, std::string>> others;
  for (AnnotationChange& change : LoadAnnotationChanges(connection, known, now, caller)) {
    if (change.mailbox.account != caller) {
      if (!others.has_value()) {
        others = NamesOfOthers(connection, caller, owners);
      }
      const auto name = others->find(change.mailbox);
      if (name == others->end()) {
        continue;
      }
      change.mailbox_name = name->second;
    }
    auto* told = response.add_changes();
    told->set_mailbox(std::move(change.mailbox_name));
    told->set_entry(EntryName{change.shared, change.path}.Text());
    told->mutable_version()->set_account_id(change.mailbox.account.value());
    told->mutable_version()->set_version(static_cast<uint64_t>(change.version));
  }
  return response;
}

}  // namespace posthorn::store
