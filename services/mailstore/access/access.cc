#include "mailstore/access/access.h"

#include <optional>
#include <utility>

#include "common/rpc/status.h"
#include "mailstore/access/acl_rows.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

absl::Status CheckRights(Rights have, Rights needed, Need need) {
  const bool enough = need == Need::kAll ? have.HasAll(needed) : have.HasAny(needed);
  if (enough) {
    return absl::OkStatus();
  }
  if (!have.Has(Right::kLookup)) {
    return NoSuchMailbox();
  }
  return rpc::MakeError(absl::StatusCode::kPermissionDenied, v1::ErrorDetail::REASON_FORBIDDEN,
                        "the access list of the mailbox does not allow it");
}

absl::StatusOr<AuthorizedMailbox> Authorize(Connection& connection, AccountId caller,
                                            MailboxKey mailbox, Rights needed, Need need) {
  AuthorizedMailbox authorized{mailbox, caller, Rights::All()};
  if (!authorized.own()) {
    authorized.rights = LoadRights(connection, mailbox, caller);
    if (const absl::Status status = CheckRights(authorized.rights, needed, need); !status.ok()) {
      return status;
    }
  }
  return authorized;
}

absl::StatusOr<LocatedName> Locate(Connection& connection, AccountId caller,
                                   const std::string& name) {
  if (!IsSharedName(name)) {
    return LocatedName{caller, name};
  }
  const std::optional<SharedName> shared = ParseSharedName(name);
  if (!shared.has_value() || shared->mailbox.empty()) {
    return NoSuchMailbox();
  }
  const absl::StatusOr<LocalAddress> address = ParseLocalAddress(shared->address);
  const std::optional<AccountId> owner =
      address.ok() ? FindAccount(connection, address->key) : std::nullopt;
  if (!owner.has_value()) {
    return NoSuchMailbox();
  }
  return LocatedName{*owner, shared->mailbox};
}

absl::StatusOr<AuthorizedMailbox> AuthorizeName(Connection& connection, AccountId caller,
                                                const std::string& name, Rights needed, Need need) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, name);
  if (!located.ok()) {
    return located.status();
  }
  MailboxKey mailbox{located->owner, kInbox};
  if (located->name != "INBOX") {
    const std::optional<MailboxState> state =
        LoadMailboxByName(connection, located->owner, located->name);
    if (!state.has_value()) {
      return NoSuchMailbox();
    }
    mailbox = state->key;
  }
  return Authorize(connection, caller, mailbox, needed, need);
}

asio::awaitable<absl::StatusOr<AuthorizedMailbox>> Authorize(Pool& pool,
                                                             const TicketSigner& tickets,
                                                             const v1::Caller& caller,
                                                             const v1::MailboxRef& mailbox,
                                                             Rights needed) {
  const absl::StatusOr<AccountId> account = CheckCaller(tickets, caller);
  if (!account.ok()) {
    co_return account.status();
  }
  const absl::StatusOr<MailboxKey> key = ToKey(*account, mailbox);
  if (!key.ok()) {
    co_return key.status();
  }
  if (key->account == *account) {
    co_return AuthorizedMailbox{*key, *account, Rights::All()};
  }
  auto decide = [account = *account, key = *key, needed](Connection& connection) {
    return Authorize(connection, account, key, needed);
  };
  co_return co_await pool.Run(std::move(decide));
}

asio::awaitable<absl::StatusOr<AuthorizedMailbox>> AuthorizeName(Pool& pool, RowReader& rows,
                                                                 AccountId caller, std::string name,
                                                                 Rights needed) {
  if (name == "INBOX") {
    co_return AuthorizedMailbox{{caller, kInbox}, caller, Rights::All()};
  }
  if (!IsSharedName(name)) {
    const RowReader::Found row = co_await rows.Read(MailboxName{caller, std::move(name)});
    if (!row.ok()) {
      co_return row.status();
    }
    if (!row->has_value()) {
      co_return NoSuchMailbox();
    }
    co_return AuthorizedMailbox{(*row)->key, caller, Rights::All()};
  }
  auto decide = [caller, name, needed](Connection& connection) {
    return AuthorizeName(connection, caller, name, needed);
  };
  co_return co_await pool.Run(std::move(decide));
}

}  // namespace posthorn::store
