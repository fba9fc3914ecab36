// Rows of mailboxes as they are committed: the barrier of every read.
#pragma once

#include "mailstore/cache/shared_reader.h"
#include "mailstore/storage/mailbox_rows.h"

namespace posthorn::store {

using RowReader = SharedReader<MailboxLook, MailboxState>;

}  // namespace posthorn::store
