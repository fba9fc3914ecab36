// Table blob_preview: what PREVIEW shows of messages.
#pragma once

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"

namespace posthorn::store {

struct PreviewRow {
  BlobId blob;
  std::string text;
};

// Those that exist, in no order.
std::vector<PreviewRow> LoadPreviews(Connection& connection, AccountId account,
                                     absl::Span<const BlobId> blobs);
// Leaves out what is there already and what has no blob any more.
void InsertPreviews(Connection& connection, AccountId account, absl::Span<const PreviewRow> rows);

}  // namespace posthorn::store
