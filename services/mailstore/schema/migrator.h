// Brings the database to the schema that this program knows.
#pragma once

#include "absl/status/status.h"
#include "mailstore/db/connection.h"

namespace posthorn::store {

// Applies the migrations the database lacks, all in one transaction under a lock, so that several
// replicas may start at once. FailedPrecondition if the database is newer than the program: one
// that runs already goes on, so a migration must leave the statements of the version before
// working.
absl::Status Migrate(Connection& connection);

}  // namespace posthorn::store
