// Address lists keep their groups paired; SMTP addresses survive being written and read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mail/address.h"
#include "mail/charset.h"
#include "mail/mailbox_address.h"

using posthorn::mail::Address;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr size_t kMax = 20;
  const auto list = posthorn::mail::ParseAddressList(text, kMax);
  bool in_group = false;
  size_t octets = 0;
  for (const Address& address : list) {
    const bool is_start = address.kind == Address::Kind::kGroupStart;
    const bool is_end = address.kind == Address::Kind::kGroupEnd;
    if ((is_start && in_group) || (is_end && !in_group)) {
      abort();
    }
    in_group = is_start || (in_group && !is_end);
    octets +=
        address.name.size() + address.route.size() + address.mailbox.size() + address.host.size();
  }
  // Nothing is made up but spaces between words.
  if (in_group || list.size() > kMax + 1 || octets > 2 * size) {
    abort();
  }

  const auto mailbox = posthorn::mail::ParseMailboxAddress(text);
  if (mailbox.ok()) {
    const auto again = posthorn::mail::ParseMailboxAddress(mailbox->ToString());
    // Mapping a domain to A-labels, or quoting, may make it too long to be written.
    if (again.ok() ? *again != *mailbox : again.status().code() != absl::StatusCode::kOutOfRange) {
      abort();
    }
    if (!posthorn::mail::IsValidUtf8(mailbox->LookupKey())) {
      abort();
    }
  }
  return 0;
}
