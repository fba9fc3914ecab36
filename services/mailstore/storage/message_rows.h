// Table message.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

// A message and the mailbox it is in.
struct PlacedMessage {
  MailboxKey mailbox;
  MessageRow row;
};

// All messages of a mailbox, by UID.
std::vector<MessageRow> LoadMessages(Transaction& transaction, const MailboxState& mailbox);
// Those of the UIDs that exist, by UID.
std::vector<MessageRow> LoadMessages(Transaction& transaction, const MailboxState& mailbox,
                                     absl::Span<const uint32_t> uids);
// The same over several mailboxes, in any order, with the MODSEQs of their rows: the caller raises
// them to MailboxState::message_floor.
std::vector<PlacedMessage> LoadMessages(Transaction& transaction,
                                        absl::Span<const std::pair<MailboxKey, uint32_t>> messages);

void InsertMessages(Transaction& transaction, absl::Span<const PlacedMessage> messages);
// Writes flags, keywords and modseq.
void UpdateMessageFlags(Transaction& transaction, absl::Span<const PlacedMessage> messages);
void DeleteMessages(Transaction& transaction,
                    absl::Span<const std::pair<MailboxKey, uint32_t>> messages);

}  // namespace posthorn::store
