#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "imap-gateway/parser/arguments.h"
#include "posthorn/v1/mailbox.pb.h"

namespace posthorn::imap {

// What STATUS tells of a mailbox.
struct StatusValues {
  const v1::MailboxCounters& counters;
  std::uint64_t account_id = 0;
  std::uint32_t mailbox_id = 0;
  std::uint64_t append_limit = 0;  // octets
};

// "(MESSAGES 3 UNSEEN 1)": the items in the order they were asked for.
void AppendStatusItems(std::string& out, const std::vector<StatusItem>& items,
                       const StatusValues& values);

// RFC 8474 4: "(M7-3)", the same for the life of the mailbox, through RENAME.
void AppendMailboxId(std::string& out, std::uint64_t account_id, std::uint32_t mailbox_id);

// What of the items mailstore has to count.
v1::CounterOptions CounterOptionsFor(const std::vector<StatusItem>& items);

}  // namespace posthorn::imap
