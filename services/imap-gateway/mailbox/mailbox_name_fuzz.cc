// What decodes is canonical: it encodes to the same octets. What encodes decodes again.
#include <cstdint>
#include <cstdlib>

#include "imap-gateway/mailbox/list_pattern.h"
#include "imap-gateway/mailbox/mailbox_name.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decoded = DecodeModifiedUtf7(text);
  if (decoded.ok() && EncodeModifiedUtf7(*decoded) != text) {
    std::abort();
  }
  if (!DecodeModifiedUtf7(EncodeModifiedUtf7(text)).ok()) {
    std::abort();
  }
  const auto name = CanonicalMailboxName(text);
  if (name.ok()) {
    const auto again = CanonicalMailboxName(EncodeModifiedUtf7(*name));
    if (!again.ok() || *again != *name || !ListPattern("*").Matches(*name)) {
      std::abort();
    }
  }
  if (const auto pattern = CanonicalListPattern(text); pattern.ok() && size < 1000) {
    (void)ListPattern(*pattern).Matches("INBOX/a/b/c");
  }
  return 0;
}
