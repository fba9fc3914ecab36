// IMAP URLs of arbitrary text: what is taken is within its limits.
#include <cstdint>
#include <cstdlib>

#include "imap-gateway/parser/imap_url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::imap;
  const auto url = ParseImapUrl({reinterpret_cast<const char*>(data), size});
  if (url.ok() && (url->uid == 0 || url->rump > size || (!url->token.empty() && !url->access) ||
                   url->mailbox.find('\0') != std::string::npos)) {
    std::abort();
  }
  return 0;
}
