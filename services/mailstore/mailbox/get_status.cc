#include <optional>
#include <string>
#include <utility>

#include "mailstore/access/access.h"
#include "mailstore/answer.h"
#include "mailstore/batch/apply.h"
#include "mailstore/mailbox/counters.h"
#include "mailstore/mailbox/mailbox_service.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

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
  v1::GetStatusResponse response;
  response.set_account_id(mailbox->account.value());
  response.set_mailbox_id(static_cast<uint32_t>(mailbox->mailbox.value()));
  *response.mutable_counters() = LoadCounters(connection, {&*state, 1}, request.options()).front();
  return response;
}

}  // namespace

asio::awaitable<absl::Status> MailboxService::DoGetStatus(const v1::GetStatusRequest& request,
                                                          v1::GetStatusResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, Status);
}

}  // namespace posthorn::store
