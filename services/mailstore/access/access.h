// Who may do what with which mailbox: the one place that decides it. Every call that names a
// mailbox comes here before it reads or writes anything of it.
//
// The owner of a mailbox may do everything and is told so without a look at the database. Others
// have what the mailbox's access list gives them (RFC 4314), read anew in each call, so that what
// is taken away is gone at once, through every replica.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mailstore/access/rights.h"
#include "mailstore/auth/ticket.h"
#include "mailstore/cache/row_reader.h"
#include "mailstore/db/pool.h"
#include "mailstore/ids.h"
#include "posthorn/v1/common.pb.h"

namespace posthorn::store {

// A mailbox that the caller may use as was asked, with all rights it has there.
struct AuthorizedMailbox : MailboxKey {
  AccountId caller;
  Rights rights;

  bool own() const { return caller == account; }
};

enum class Need { kAll, kAny };

// OK if the rights are enough. Otherwise PermissionDenied REASON_FORBIDDEN, or, for those who may
// not even know of the mailbox, NotFound REASON_MAILBOX_NOT_FOUND (RFC 4314 6).
absl::Status CheckRights(Rights have, Rights needed, Need need = Need::kAll);

// The decision, in a pool. Errors as CheckRights.
absl::StatusOr<AuthorizedMailbox> Authorize(Connection& connection, AccountId caller,
                                            MailboxKey mailbox, Rights needed,
                                            Need need = Need::kAll);

// A name as the caller has it, and where it leads.
struct LocatedName {
  AccountId owner;
  std::string name;  // the owner's
};
// NotFound REASON_MAILBOX_NOT_FOUND if it is in the name space of other users and names none.
absl::StatusOr<LocatedName> Locate(Connection& connection, AccountId caller,
                                   const std::string& name);
// Finds the mailbox of that name and decides, in a pool. NotFound REASON_MAILBOX_NOT_FOUND.
absl::StatusOr<AuthorizedMailbox> AuthorizeName(Connection& connection, AccountId caller,
                                                const std::string& name, Rights needed,
                                                Need need = Need::kAll);

// The same for coroutines, which use the pool only where the database has to be asked.
boost::asio::awaitable<absl::StatusOr<AuthorizedMailbox>> Authorize(Pool& pool,
                                                                    const TicketSigner& tickets,
                                                                    const v1::Caller& caller,
                                                                    const v1::MailboxRef& mailbox,
                                                                    Rights needed);
boost::asio::awaitable<absl::StatusOr<AuthorizedMailbox>> AuthorizeName(Pool& pool, RowReader& rows,
                                                                        AccountId caller,
                                                                        std::string name,
                                                                        Rights needed);

}  // namespace posthorn::store
