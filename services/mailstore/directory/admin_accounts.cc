// The part of the Admin service that is about accounts.
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/server_call.h"
#include "common/rpc/status.h"
#include "mailstore/auth/hash_batch.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/auth/password_text.h"
#include "mailstore/directory/account_repository.h"
#include "mailstore/directory/admin_service.h"
#include "mailstore/directory/hidden_capabilities.h"
#include "mailstore/outbound/new_dkim_keys.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr int kMaxAccountsAtOnce = 1'000;
constexpr uint32_t kMaxAccountsListed = 10'000;
constexpr uint64_t kMaxMailboxes = std::numeric_limits<int32_t>::max();
constexpr uint64_t kMaxQuota = std::numeric_limits<int64_t>::max();

absl::Status Invalid(absl::string_view message) { return absl::InvalidArgumentError(message); }

struct Wanted {
  std::vector<NewAccount> accounts;    // without their records
  std::vector<std::string> passwords;  // prepared
};

absl::StatusOr<Wanted> ReadWanted(const v1::AddAccountsRequest& request) {
  if (request.accounts_size() == 0 || request.accounts_size() > kMaxAccountsAtOnce) {
    return Invalid("1 to 1,000 accounts can be made in one call");
  }
  Wanted wanted;
  for (const v1::NewAccount& account : request.accounts()) {
    absl::StatusOr<LocalAddress> address = ParseNewAddress(account.address());
    if (!address.ok()) {
      return address.status();
    }
    absl::StatusOr<std::string> password = PreparePassword(account.password());
    if (!password.ok()) {
      return Invalid(absl::StrCat(address->text, ": ", password.status().message()));
    }
    if (account.quota_bytes() > kMaxQuota) {
      return Invalid(absl::StrCat(address->text, ": quota is too large"));
    }
    NewAccount row;
    row.address = *std::move(address);
    row.quota_bytes = static_cast<int64_t>(account.quota_bytes());
    wanted.accounts.push_back(std::move(row));
    wanted.passwords.push_back(*std::move(password));
  }
  return wanted;
}

}  // namespace

AdminService::Reactor* AdminService::AddAccounts(Context* context,
                                                 const v1::AddAccountsRequest* request,
                                                 v1::AddAccountsResponse* response) {
  return rpc::RunUnary(executor_, context, DoAddAccounts(*request, *response));
}

AdminService::Reactor* AdminService::ListAccounts(Context* context,
                                                  const v1::ListAccountsRequest* request,
                                                  v1::ListAccountsResponse* response) {
  return rpc::RunUnary(executor_, context, DoListAccounts(*request, *response));
}

AdminService::Reactor* AdminService::RemoveAccount(Context* context,
                                                   const v1::RemoveAccountRequest* request,
                                                   v1::RemoveAccountResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoRemoveAccount(*request));
}

AdminService::Reactor* AdminService::SetPassword(Context* context,
                                                 const v1::SetPasswordRequest* request,
                                                 v1::SetPasswordResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoSetPassword(*request));
}

AdminService::Reactor* AdminService::SetQuota(Context* context, const v1::SetQuotaRequest* request,
                                              v1::SetQuotaResponse* /*response*/) {
  return rpc::RunUnary(executor_, context, DoSetQuota(*request));
}

AdminService::Reactor* AdminService::ChangeHiddenCapabilities(
    Context* context, const v1::ChangeHiddenCapabilitiesRequest* request,
    v1::ChangeHiddenCapabilitiesResponse* response) {
  return rpc::RunUnary(executor_, context, DoChangeHidden(*request, *response));
}

AdminService::Reactor* AdminService::ListAccountMailboxes(
    Context* context, const v1::ListAccountMailboxesRequest* request,
    v1::ListAccountMailboxesResponse* response) {
  return rpc::RunUnary(executor_, context, DoListMailboxes(*request, *response));
}

AdminService::Outcome AdminService::DoAddAccounts(const v1::AddAccountsRequest& request,
                                                  v1::AddAccountsResponse& response) {
  absl::StatusOr<Wanted> wanted = ReadWanted(request);
  if (!wanted.ok()) {
    co_return wanted.status();
  }
  std::vector<NewAccount>& accounts = wanted->accounts;
  // A taken address is refused before half a minute of hashing, and again under the locks.
  auto check = [&accounts](Connection& connection) {
    return CheckAddressesFree(connection, accounts);
  };
  if (absl::Status free = co_await database_.Run(check); !free.ok()) {
    co_return free;
  }
  absl::StatusOr<std::vector<std::string>> records =
      co_await HashPasswords(hashes_, cost_, wanted->passwords);
  for (std::string& password : wanted->passwords) {
    Wipe(password);
  }
  if (!records.ok()) {
    co_return records.status();
  }
  for (size_t i = 0; i < accounts.size(); ++i) {
    accounts[i].password_record = std::move((*records)[i]);
  }
  const absl::StatusOr<DomainKeys> keys = co_await MakeKeysOfMissingDomains(accounts);
  if (!keys.ok()) {
    co_return keys.status();
  }
  auto add = [&accounts, &keys](Connection& connection) {
    return store::AddAccounts(connection, accounts, *keys);
  };
  const absl::StatusOr<std::vector<AccountId>> ids = co_await database_.Run(add);
  recipients_.Forget();
  if (!ids.ok()) {
    co_return ids.status();
  }
  for (const AccountId id : *ids) {
    response.add_account_ids(id.value());
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<DomainKeys>> AdminService::MakeKeysOfMissingDomains(
    const std::vector<NewAccount>& accounts) {
  auto find = [&accounts](Connection& connection) {
    return FindMissingDomains(connection, accounts);
  };
  const absl::StatusOr<std::vector<std::string>> missing = co_await database_.Run(std::move(find));
  if (!missing.ok()) {
    co_return missing.status();
  }
  DomainKeys keys;
  for (const std::string& domain : *missing) {
    absl::StatusOr<FirstDkimKeys> made = co_await MakeFirstDkimKeys(hashes_);
    if (!made.ok()) {
      co_return made.status();
    }
    keys[domain] = *std::move(made);
  }
  co_return keys;
}

AdminService::Outcome AdminService::DoListAccounts(const v1::ListAccountsRequest& request,
                                                   v1::ListAccountsResponse& response) {
  const absl::StatusOr<std::string> domain = ParseDomainIfAny(request.domain());
  if (!domain.ok()) {
    co_return domain.status();
  }
  std::string after;
  if (!request.after().empty()) {
    absl::StatusOr<LocalAddress> address = ParseNewAddress(request.after());
    if (!address.ok()) {
      co_return address.status();
    }
    after = std::move(address->key);
  }
  if (request.limit() == 0 || request.limit() > kMaxAccountsListed) {
    co_return Invalid("limit is 1 to 10,000");
  }
  auto list = [domain = *domain, after,
               limit = static_cast<int>(request.limit())](Connection& connection) {
    return store::ListAccounts(connection, domain, after, limit);
  };
  const absl::StatusOr<std::vector<AccountUsage>> accounts =
      co_await database_.Run(std::move(list));
  if (!accounts.ok()) {
    co_return accounts.status();
  }
  for (const AccountUsage& usage : *accounts) {
    v1::Account* account = response.add_accounts();
    account->set_account_id(usage.account_id.value());
    account->set_address(usage.address);
    account->set_quota_bytes(static_cast<uint64_t>(usage.quota_bytes));
    account->set_used_bytes(static_cast<uint64_t>(usage.used_bytes));
    account->set_used_messages(static_cast<uint64_t>(usage.used_messages));
  }
  co_return absl::OkStatus();
}

AdminService::Outcome AdminService::DoRemoveAccount(const v1::RemoveAccountRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  auto remove = [address = *address](Connection& connection) {
    return store::RemoveAccount(connection, address);
  };
  const absl::Status status = co_await database_.Run(std::move(remove));
  recipients_.Forget();
  co_return status;
}

AdminService::Outcome AdminService::DoSetPassword(const v1::SetPasswordRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  const absl::StatusOr<std::string> prepared = PreparePassword(request.password());
  if (!prepared.ok()) {
    co_return Invalid(prepared.status().message());
  }
  auto hash = [this, &prepared] { return HashPassword(*prepared, cost_); };
  const absl::StatusOr<std::string> record = co_await hashes_.Run(hash);
  if (!record.ok()) {
    co_return record.status();
  }
  auto set = [key = address->key, record = *record](Connection& connection) {
    return store::SetPassword(connection, key, record);
  };
  co_return co_await database_.Run(std::move(set));
}

AdminService::Outcome AdminService::DoSetQuota(const v1::SetQuotaRequest& request) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  if (request.quota_bytes() > kMaxQuota || request.quota_messages() > kMaxQuota ||
      request.quota_mailboxes() > kMaxMailboxes) {
    co_return Invalid("quota is too large");
  }
  QuotaChange change;
  if (request.has_quota_bytes()) {
    change.bytes = static_cast<int64_t>(request.quota_bytes());
  }
  if (request.has_quota_messages()) {
    change.messages = static_cast<int64_t>(request.quota_messages());
  }
  if (request.has_quota_mailboxes()) {
    change.mailboxes = static_cast<int32_t>(request.quota_mailboxes());
  }
  if (request.has_may_set_quota()) {
    change.may_set_quota = request.may_set_quota();
  }
  auto set = [key = address->key, change](Connection& connection) {
    return store::SetQuota(connection, key, change);
  };
  const absl::Status status = co_await database_.Run(std::move(set));
  recipients_.Forget();
  co_return status;
}

AdminService::Outcome AdminService::DoChangeHidden(
    const v1::ChangeHiddenCapabilitiesRequest& request,
    v1::ChangeHiddenCapabilitiesResponse& response) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  const std::vector<std::string> to_hide(request.hide().begin(), request.hide().end());
  const std::vector<std::string> to_show(request.show().begin(), request.show().end());
  const auto hide = ParseCapabilities(to_hide);
  if (!hide.ok()) {
    co_return hide.status();
  }
  const auto show = ParseCapabilities(to_show);
  if (!show.ok()) {
    co_return show.status();
  }
  auto change = [key = address->key, hide = *hide, show = *show](Connection& connection) {
    return store::ChangeHiddenCapabilities(connection, key, hide, show);
  };
  const absl::StatusOr<std::vector<std::string>> hidden = co_await database_.Run(std::move(change));
  if (!hidden.ok()) {
    co_return hidden.status();
  }
  response.mutable_hidden()->Add(hidden->begin(), hidden->end());
  co_return absl::OkStatus();
}

AdminService::Outcome AdminService::DoListMailboxes(const v1::ListAccountMailboxesRequest& request,
                                                    v1::ListAccountMailboxesResponse& response) {
  const absl::StatusOr<LocalAddress> address = ParseNewAddress(request.address());
  if (!address.ok()) {
    co_return address.status();
  }
  auto list = [key = address->key](Connection& connection) {
    return store::ListAccountMailboxes(connection, key);
  };
  const absl::StatusOr<std::vector<MailboxUsage>> mailboxes =
      co_await database_.Run(std::move(list));
  if (!mailboxes.ok()) {
    co_return mailboxes.status();
  }
  for (const MailboxUsage& mailbox : *mailboxes) {
    auto* entry = response.add_mailboxes();
    entry->set_name(mailbox.name);
    entry->set_messages(static_cast<uint32_t>(mailbox.messages));
    entry->set_unseen(static_cast<uint32_t>(mailbox.unseen));
    entry->set_size(static_cast<uint64_t>(mailbox.size));
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
