// The headers of messages for SEARCH, SORT and THREAD, from memory or the database.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/store.h"

namespace posthorn::store {

// Columns that have every one of `wanted`; both lists ascend by UID, and `all` is the mailbox.
// Where most of the mailbox is wanted all of it is read and kept for the next search.
boost::asio::awaitable<absl::StatusOr<std::shared_ptr<const HeaderColumns>>> LoadHeaders(
    Store& store, const MailboxState& mailbox, const std::vector<MessageRow>& all,
    const std::vector<MessageRow>& wanted);

}  // namespace posthorn::store
