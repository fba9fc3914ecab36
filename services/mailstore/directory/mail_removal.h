// Deletes the mail of removed accounts, a little at a time.
#pragma once

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// One step, in a transaction of its own: some rows of one removed account. False when nothing is
// left to do for any. Replicas may run it at the same time; each takes an account of its own.
// Blocks; for Pool::Run; throws what libpqxx throws.
absl::StatusOr<bool> RemoveSomeMail(Connection& connection);

}  // namespace posthorn::store
