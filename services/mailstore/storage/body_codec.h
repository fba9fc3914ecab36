// Compression of bodies: zstd level 1, and not where it does not pay.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mailstore/storage/body.h"

namespace posthorn::store {

// Compresses `plain` into *out if that saves at least an eighth, otherwise copies it.
Codec Encode(absl::string_view plain, std::string* out);

// Always compresses; for estimates.
void CompressZstd(absl::string_view plain, std::string* out);

// Appends the plain octets, of which there must be `plain_size`. DataLoss if they are damaged.
absl::Status Decode(Codec codec, absl::string_view data, size_t plain_size, std::string* out);

}  // namespace posthorn::store
