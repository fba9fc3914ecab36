// What threads need of a message: hashes of its Message-ID and of the messages it refers to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/message_structure.h"

namespace posthorn::store {

// As v1::Envelope.thread_ids keeps them: 8 octets each, little-endian. The first is of the
// Message-ID, 0 if there is none; then the ids of References in order or, without any, the first
// of In-Reply-To (RFC 5256 3, REFERENCES step 1).
std::string PackThreadIds(const mail::MessageStructure& structure);
// The same from the header of a message that was stored without them.
std::string PackThreadIdsOfHeader(absl::string_view header);

// A half number at the end is left out.
std::vector<uint64_t> UnpackThreadIds(absl::string_view packed);

}  // namespace posthorn::store
