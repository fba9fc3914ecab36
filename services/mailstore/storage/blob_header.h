// The header of a message, or as much of it as is wanted, from the database.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"
#include "mailstore/storage/blob_rows.h"

namespace posthorn::store {

// The first octets of a loaded body. DataLoss if they are damaged or gone, or it is shorter.
absl::StatusOr<std::string> LoadPrefix(Connection& connection, AccountId account,
                                       const BlobBody& body, uint64_t octets);

// The header of a loaded body, with the empty line. DataLoss if its octets are damaged or gone.
absl::StatusOr<std::string> LoadHeader(Connection& connection, AccountId account,
                                       const BlobBody& body);

}  // namespace posthorn::store
