#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mailstore/access/access.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/answer.h"
#include "mailstore/mailbox/counters.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/mailbox/name_rows.h"
#include "mailstore/mailbox/name_tree.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

// A line of the list as it is made.
struct Line {
  v1::MailboxEntry entry;
  Rights rights;
};
using Lines = std::map<std::string, Line>;

void AddOwn(Connection& connection, AccountId account, Lines* lines) {
  const NameTree tree(LoadNames(connection, account));
  for (const auto& [name, row] : tree.rows()) {
    Line& line = (*lines)[name];
    v1::MailboxEntry& entry = line.entry;
    if (row.mailbox.has_value()) {
      entry.set_mailbox_id(static_cast<uint32_t>(row.mailbox->value()));
      line.rights = Rights::All();
    }
    entry.set_account_id(account.value());
    entry.set_subscribed(row.subscribed);
    entry.set_special_use(static_cast<v1::SpecialUse>(row.special_use));
    entry.set_has_children(tree.HasChildren(name));
  }
}

// Names above `name` that lead to it.
void AddParents(const std::string& name, Lines* lines) {
  for (size_t slash = name.find('/'); slash != std::string::npos;
       slash = name.find('/', slash + 1)) {
    (*lines)[name.substr(0, slash)].entry.set_has_children(true);
  }
}

// RFC 4314 4: what the caller has no right l to, is not there; also not as a parent.
void AddOthers(Connection& connection, AccountId caller, Lines* lines) {
  const std::vector<AccountId> owners = LoadOwners(connection, caller);
  if (owners.empty()) {
    return;
  }
  const std::map<AccountId, std::string> addresses = LoadAddresses(connection, owners);
  for (const SharedMailbox& shared : LoadShared(connection, owners, caller)) {
    const auto owner = addresses.find(shared.mailbox.account);
    if (owner == addresses.end() || !shared.rights.Has(Right::kLookup)) {
      continue;
    }
    const std::string name = MakeSharedName(owner->second, shared.name);
    Line& line = (*lines)[name];
    line.rights = shared.rights;
    line.entry.set_account_id(shared.mailbox.account.value());
    line.entry.set_mailbox_id(static_cast<uint32_t>(shared.mailbox.mailbox.value()));
    AddParents(name, lines);
  }
}

void AddCounters(Connection& connection, const v1::CounterOptions& options, Lines* lines) {
  std::vector<MailboxKey> keys;
  std::map<MailboxKey, v1::MailboxEntry*> entries;
  for (auto& [name, line] : *lines) {
    if (line.entry.has_mailbox_id() && line.rights.Has(Right::kRead)) {
      const MailboxKey key{AccountId(line.entry.account_id()),
                           MailboxId(static_cast<int32_t>(line.entry.mailbox_id()))};
      keys.push_back(key);
      entries[key] = &line.entry;
    }
  }
  const std::vector<MailboxState> states = LoadMailboxes(connection, keys);
  std::vector<v1::MailboxCounters> counters = LoadCounters(connection, states, options);
  for (size_t i = 0; i < states.size(); ++i) {
    *entries[states[i].key]->mutable_counters() = std::move(counters[i]);
  }
}

v1::ListMailboxesResponse List(Connection& connection, AccountId caller,
                               const v1::ListMailboxesRequest& request) {
  Lines lines;
  AddOwn(connection, caller, &lines);
  if (request.others()) {
    AddOthers(connection, caller, &lines);
  }
  if (request.has_counters()) {
    AddCounters(connection, request.counters(), &lines);
  }
  v1::ListMailboxesResponse response;
  for (auto& [name, line] : lines) {
    line.entry.set_name(name);
    if (request.rights() && line.entry.has_mailbox_id()) {
      line.entry.set_rights(FormatRights(line.rights));
    }
    *response.add_mailboxes() = std::move(line.entry);
  }
  return response;
}

}  // namespace

asio::awaitable<absl::Status> MailboxService::DoList(const v1::ListMailboxesRequest& request,
                                                     v1::ListMailboxesResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, List);
}

}  // namespace posthorn::store
