// Counters of mailboxes as the contract has them.
#pragma once

#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/storage/mailbox_state.h"
#include "posthorn/v1/mailbox.pb.h"

namespace posthorn::store {

// Those that the mailbox's row has.
v1::MailboxCounters CountersOf(const MailboxState& state);
// One for each state, in order. What the options ask for is counted, with a statement each at most.
std::vector<v1::MailboxCounters> LoadCounters(Connection& connection,
                                              absl::Span<const MailboxState> states,
                                              const v1::CounterOptions& options);

}  // namespace posthorn::store
