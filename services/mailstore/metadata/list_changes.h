#pragma once

#include "absl/status/statusor.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"
#include "posthorn/v1/metadata.pb.h"

namespace posthorn::store {

// Metadata.ListMetadataChanges for a caller whose ticket was checked.
absl::StatusOr<v1::ListMetadataChangesResponse> ListMetadataChanges(
    Connection& connection, AccountId caller, const v1::ListMetadataChangesRequest& request);

}  // namespace posthorn::store
