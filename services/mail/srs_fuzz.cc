// No octets get through without a key; what is rewritten comes back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "mail/srs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string> keys = {"key"};
  if (posthorn::mail::SrsReverse(text, {}, 20'000).ok()) {
    abort();
  }
  (void)posthorn::mail::SrsReverse(text, keys, 20'000);
  const auto address = posthorn::mail::ParseMailboxAddress(text);
  if (!address.ok()) {
    return 0;
  }
  const auto forward = posthorn::mail::SrsForward(*address, "our.example", keys, 20'000);
  if (forward.ok()) {
    const auto back = posthorn::mail::SrsReverse(forward->local_part, keys, 20'001);
    // Of an address that was rewritten before the way back leads to the first forwarder.
    if (!back.ok() && !posthorn::mail::IsSrsLocalPart(address->local_part)) {
      abort();
    }
    if (back.ok() && !posthorn::mail::IsSrsLocalPart(address->local_part) && *back != *address) {
      abort();
    }
  }
  return 0;
}
