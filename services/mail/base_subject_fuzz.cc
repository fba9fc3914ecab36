#include <cstdint>
#include <cstdlib>

#include "mail/base_subject.h"
#include "mail/message_ids.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn::mail;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const BaseSubject base = ExtractBaseSubject(text);
  // A base subject is its own.
  if (ExtractBaseSubject(base.text).text != base.text || base.text.size() > size) {
    std::abort();
  }
  for (const std::string& id : MessageIds(text)) {
    if (id.empty() || id.size() > size) {
      std::abort();
    }
  }
  return 0;
}
