// Flags and keywords as calls bring them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace posthorn::store {

// InvalidArgument for bits that are no system flag, and for keywords that are no atom (RFC 9051 9
// flag-keyword) or longer than 128 octets.
absl::Status CheckFlags(uint32_t flags,
                        const google::protobuf::RepeatedPtrField<std::string>& keywords);

}  // namespace posthorn::store
