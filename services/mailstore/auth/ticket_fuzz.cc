#include <cstddef>
#include <cstdint>

#include "mailstore/auth/ticket.h"

// No octets that were not signed are a ticket.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const posthorn::store::TicketSigner signer(std::string(32, 's'));
  const absl::string_view ticket(reinterpret_cast<const char*>(data), size);
  if (signer.Check(ticket, absl::FromUnixSeconds(1'000'000)).ok()) {
    __builtin_trap();
  }
  return 0;
}
