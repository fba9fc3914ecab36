// Previews of arbitrary text are short, valid and on one line.
#include <cstdint>
#include <cstdlib>

#include "mail/charset.h"
#include "mail/preview_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::mail;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool html : {false, true}) {
    const std::string preview = PreviewText(text, html);
    if (!IsValidUtf8(preview) || preview.size() > 4 * kPreviewCharacters ||
        preview.find_first_of("\r\n") != std::string::npos) {
      std::abort();
    }
  }
  return 0;
}
