// GetAcl, SetAcl, ListRights, GetMyRights (RFC 4314 3).
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/rpc/status.h"
#include "mailstore/access/access.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/answer.h"
#include "mailstore/db/transaction.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/storage/lock_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

using v1::ErrorDetail;

constexpr size_t kMaxEntries = 1'000;
constexpr absl::string_view kAnyoneName = "anyone";

// RFC 4314 3.5: what is enough to be told one's rights.
constexpr Rights kAnyOfThese = Right::kLookup | Right::kRead | Right::kInsert | Right::kCreate |
                               Right::kDeleteMailbox | Right::kAdminister;

// Whom an identifier stands for, without rights.
absl::StatusOr<AclEntry> ParseIdentifier(Connection& connection, absl::string_view identifier) {
  AclEntry entry;
  entry.negative = absl::ConsumePrefix(&identifier, "-");
  entry.identifier = std::string(identifier);
  if (identifier == kAnyoneName) {
    entry.grantee = kAnyone;
    return entry;
  }
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(identifier);
  const std::optional<AccountId> account =
      address.ok() ? FindAccount(connection, address->key) : std::nullopt;
  if (!account.has_value()) {
    return rpc::MakeError(absl::StatusCode::kNotFound, ErrorDetail::REASON_NOT_FOUND,
                          "no account has this address");
  }
  entry.identifier = address->text;
  entry.grantee = *account;
  return entry;
}

void Add(absl::string_view identifier, Rights rights, v1::GetAclResponse* response) {
  v1::AclEntry* entry = response->add_entries();
  entry->set_identifier(std::string(identifier));
  entry->set_rights(FormatRights(rights));
}

absl::StatusOr<v1::GetAclResponse> Get(Connection& connection, AccountId caller,
                                       const v1::GetAclRequest& request) {
  const auto mailbox = AuthorizeName(connection, caller, request.name(), Right::kAdminister);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  v1::GetAclResponse response;
  for (const auto& [id, address] : LoadAddresses(connection, {&mailbox->account, 1})) {
    Add(address, Rights::All(), &response);
  }
  for (const AclEntry& entry : LoadAcl(connection, *mailbox)) {
    Add(absl::StrCat(entry.negative ? "-" : "", entry.identifier), entry.rights, &response);
  }
  return response;
}

Rights Changed(Rights before, Rights named, v1::SetAclRequest::Mode mode) {
  switch (mode) {
    case v1::SetAclRequest::MODE_ADD:
      return before | named;
    case v1::SetAclRequest::MODE_REMOVE:
      return before - named;
    default:
      return named;
  }
}

// Whose rights changed.
absl::StatusOr<AccountId> Set(Connection& connection, AccountId caller,
                              const v1::SetAclRequest& request) {
  const auto mailbox = AuthorizeName(connection, caller, request.name(), Right::kAdminister);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  absl::StatusOr<AclEntry> entry = ParseIdentifier(connection, request.entry().identifier());
  if (!entry.ok()) {
    return entry.status();
  }
  if (entry->grantee == mailbox->account) {
    return rpc::MakeError(absl::StatusCode::kFailedPrecondition,
                          ErrorDetail::REASON_MAILBOX_PROTECTED,
                          "the owner's rights cannot be changed");
  }
  const absl::StatusOr<Rights> named = ParseRights(request.entry().rights());
  if (!named.ok()) {
    return named.status();
  }
  Transaction transaction(connection);
  if (LockAccounts(transaction, {&mailbox->account, 1}).empty()) {
    return CheckRights(Rights(), Right::kAdminister);
  }
  const std::vector<AclEntry> entries = LoadAcl(transaction, *mailbox);
  const auto old = std::find_if(entries.begin(), entries.end(), [&entry](const AclEntry& other) {
    return other.grantee == entry->grantee && other.negative == entry->negative;
  });
  if (old == entries.end() && entries.size() >= kMaxEntries) {
    return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_TOO_MANY,
                          "the access list is full");
  }
  const Rights before = old == entries.end() ? Rights() : old->rights;
  entry->rights = Changed(before, *named, request.mode());
  WriteAclEntry(transaction, *mailbox, *entry);
  transaction.Commit();
  return entry->grantee;
}

absl::StatusOr<v1::ListRightsResponse> ListGrantable(Connection& connection, AccountId caller,
                                                     const v1::ListRightsRequest& request) {
  const auto mailbox = AuthorizeName(connection, caller, request.name(), Right::kAdminister);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  const absl::StatusOr<AclEntry> entry = ParseIdentifier(connection, request.identifier());
  if (!entry.ok()) {
    return entry.status();
  }
  v1::ListRightsResponse response;
  const bool owner = entry->grantee == mailbox->account && !entry->negative;
  response.set_required(FormatRights(owner ? Rights::All() : Rights()));
  response.set_optional(FormatRights(owner ? Rights() : Rights::All()));
  return response;
}

absl::StatusOr<v1::GetMyRightsResponse> GetMine(Connection& connection, AccountId caller,
                                                const v1::GetMyRightsRequest& request) {
  const auto mailbox = AuthorizeName(connection, caller, request.name(), kAnyOfThese, Need::kAny);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  v1::GetMyRightsResponse response;
  response.set_rights(FormatRights(mailbox->rights));
  return response;
}

}  // namespace

asio::awaitable<absl::Status> MailboxService::DoGetAcl(const v1::GetAclRequest& request,
                                                       v1::GetAclResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, Get);
}

asio::awaitable<absl::Status> MailboxService::DoSetAcl(const v1::SetAclRequest& request) {
  AccountId grantee;
  auto set = [&grantee](Connection& connection, AccountId caller, const v1::SetAclRequest& asked) {
    const absl::StatusOr<AccountId> changed = Set(connection, caller, asked);
    grantee = changed.value_or(AccountId());
    return changed.status();
  };
  const absl::Status status = co_await Perform(store_.reads(), tickets_, request, std::move(set));
  if (status.ok()) {
    // RFC 5465 5.4: who is given the right l sees a new mailbox, who loses it one less.
    store_.PublishList(grantee);
  }
  co_return status;
}

asio::awaitable<absl::Status> MailboxService::DoListRights(const v1::ListRightsRequest& request,
                                                           v1::ListRightsResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, ListGrantable);
}

asio::awaitable<absl::Status> MailboxService::DoGetMyRights(const v1::GetMyRightsRequest& request,
                                                            v1::GetMyRightsResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, GetMine);
}

}  // namespace posthorn::store
