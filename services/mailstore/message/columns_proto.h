// Messages as the columns of the contract.
#pragma once

#include "mailstore/cache/mailbox_columns.h"
#include "mailstore/storage/message_row.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

void AddRow(const MessageRow& row, v1::FlagColumns* columns);
// UIDs >= from_uid in the mailbox.
uint32_t CountFrom(const MailboxColumns& columns, uint32_t from_uid);
// Counters as the columns have them, consistent with each other.
v1::MailboxCounters Counters(const MailboxColumns& columns);

}  // namespace posthorn::store
