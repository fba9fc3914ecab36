// Writes what a batch changed, each table with one statement.
#pragma once

#include "mailstore/batch/commit.h"
#include "mailstore/batch/transact.h"
#include "mailstore/batch/work_set.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {

// Does not commit. Returns what will have changed; no mailbox if nothing did.
Commit WriteBack(Transaction& transaction, const WorkSet& set, const TransactOptions& options);

}  // namespace posthorn::store
