// What each operation does to the state of a batch. Pure: no database, no clock.
#pragma once

#include "absl/status/status.h"
#include "mailstore/batch/op.h"
#include "mailstore/batch/work_set.h"

namespace posthorn::store {

// Applies the operation and fills in its result, or leaves the set as it was and says why.
absl::Status Apply(AddOp& op, WorkSet& set);
absl::Status Apply(AppendOp& op, WorkSet& set);
absl::Status Apply(FlagsOp& op, WorkSet& set);
absl::Status Apply(CopyOp& op, WorkSet& set);
absl::Status Apply(ExpungeOp& op, WorkSet& set);
absl::Status Apply(ClaimRecentOp& op, WorkSet& set);

absl::Status NoSuchMailbox();
absl::Status OverQuota();
absl::Status UploadIsLost();
absl::Status OutOfUids();

}  // namespace posthorn::store
