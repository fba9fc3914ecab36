// What decodes is canonical: it encodes to the same octets. What encodes decodes again. A name that
// is accepted in one encoding is the same name in the other.
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
  for (const NameEncoding read : {NameEncoding::kModifiedUtf7, NameEncoding::kUtf8}) {
    const auto name = CanonicalMailboxName(text, read);
    if (name.ok()) {
      for (const NameEncoding written : {NameEncoding::kModifiedUtf7, NameEncoding::kUtf8}) {
        const auto again = CanonicalMailboxName(EncodeMailboxName(*name, written), written);
        if (!again.ok() || *again != *name || !ListPattern("*").Matches(*name)) {
          std::abort();
        }
      }
    }
    if (const auto pattern = CanonicalListPattern(text, read); pattern.ok() && size < 1000) {
      (void)ListPattern(*pattern).Matches("INBOX/a/b/c");
    }
  }
  return 0;
}
