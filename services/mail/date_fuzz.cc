// A date that was read is written so that it reads the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "mail/date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto date = posthorn::mail::ParseDate(text);
  if (date.has_value()) {
    const auto again = posthorn::mail::ParseDate(posthorn::mail::FormatDate(*date));
    if (again != date) {
      abort();
    }
  }
  return 0;
}
