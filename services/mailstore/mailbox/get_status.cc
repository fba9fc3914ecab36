#include <optional>
#include <string>
#include <utility>

#include "mailstore/access/access.h"
#include "mailstore/access/shared_name.h"
#include "mailstore/answer.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/mailbox/counters.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

v1::GetStatusResponse ResponseFor(MailboxKey mailbox, v1::MailboxCounters counters) {
  v1::GetStatusResponse response;
  response.set_account_id(mailbox.account.value());
  response.set_mailbox_id(static_cast<uint32_t>(mailbox.mailbox.value()));
  *response.mutable_counters() = std::move(counters);
  return response;
}

// In a pool: of a mailbox of any owner, with anything that is to be counted.
absl::StatusOr<v1::GetStatusResponse> Status(Connection& connection, AccountId caller,
                                             const v1::GetStatusRequest& request) {
  const absl::StatusOr<LocatedName> located = Locate(connection, caller, request.name());
  if (!located.ok()) {
    return located.status();
  }
  const std::optional<MailboxState> state =
      LoadMailboxByName(connection, located->owner, located->name);
  if (!state.has_value()) {
    return NoSuchMailbox();
  }
  const absl::StatusOr<AuthorizedMailbox> mailbox =
      Authorize(connection, caller, state->key, Right::kRead);
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  return ResponseFor(*mailbox, LoadCounters(connection, {&*state, 1}, request.options()).front());
}

}  // namespace

asio::awaitable<absl::Status> MailboxService::DoGetStatus(const v1::GetStatusRequest& request,
                                                          v1::GetStatusResponse& response) {
  const bool counts = request.options().recent() || request.options().deleted_size();
  if (counts || IsSharedName(request.name())) {
    co_return co_await Answer(store_.reads(), tickets_, request, response, Status);
  }
  const absl::StatusOr<AccountId> caller = CheckCaller(tickets_, request.caller());
  if (!caller.ok()) {
    co_return caller.status();
  }
  const RowReader::Found row = co_await store_.rows().Read(MailboxName{*caller, request.name()});
  if (!row.ok()) {
    co_return row.status();
  }
  if (!row->has_value()) {
    co_return NoSuchMailbox();
  }
  response = ResponseFor((*row)->key, CountersOf(**row));
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
