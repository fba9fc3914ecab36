#include "mailctl/commands.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {

absl::StatusOr<std::string> ListMailboxes(Invocation& invocation) {
  v1::ListAccountMailboxesRequest request;
  v1::ListAccountMailboxesResponse response;
  request.set_address(invocation.arguments[0]);
  const absl::Status status = invocation.mailstore.Call([&](auto& admin, auto* context) {
    return admin.ListAccountMailboxes(context, request, &response);
  });
  if (!status.ok()) {
    return status;
  }
  Table table{{"mailbox", "messages", "unseen", "size"}, {}};
  for (const auto& mailbox : response.mailboxes()) {
    table.rows.push_back({mailbox.name(), uint64_t{mailbox.messages()}, uint64_t{mailbox.unseen()},
                          uint64_t{mailbox.size()}});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

}  // namespace posthorn::mailctl
