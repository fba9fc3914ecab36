// The headers of messages for SEARCH, SORT and THREAD, from memory or the database.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "mailstore/cache/header_columns.h"
#include "mailstore/memory_budget.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/store.h"

namespace posthorn::store {

struct LoadedHeaders {
  std::shared_ptr<const HeaderColumns> columns;
  MemoryBudget::Lease lease;  // for columns that the cache does not have
};

// Whether the headers of a mailbox of so many messages are kept for the next search.
bool KeepsHeaders(const Store& store, size_t messages);

// What `parts` name of the headers of these rows, which ascend by UID: never kept, and never more
// than Store::header_budget() holds, or a little where that holds next to nothing. Else
// ResourceExhausted REASON_TOO_MANY.
boost::asio::awaitable<absl::StatusOr<LoadedHeaders>> LoadHeaderKeys(
    Store& store, AccountId account, std::vector<MessageRow> rows, HeaderParts parts,
    const std::function<bool()>& cancelled);

// Columns that have every one of `wanted`; both lists ascend by UID, and `all` is the mailbox.
// Where most of the mailbox is wanted all of it is read, and kept if KeepsHeaders. Who has columns
// with a lease must drop them before more are asked for. Cancelled when `cancelled()` is true,
// which is asked between blocks.
boost::asio::awaitable<absl::StatusOr<LoadedHeaders>> LoadHeaders(
    Store& store, const MailboxState& mailbox, const std::vector<MessageRow>& all,
    absl::Span<const MessageRow> wanted, const std::function<bool()>& cancelled);

}  // namespace posthorn::store
