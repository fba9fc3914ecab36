// What a message needs agrees with a plain reading of it, however it is split.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mail/eight_bit.h"
#include "mail/header.h"

using posthorn::mail::ContentKind;
using posthorn::mail::ContentNeeds;

namespace {

bool HasEightBit(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 127) {
      return true;
    }
  }
  return false;
}

bool IsBinary(absl::string_view body) {
  size_t column = 0;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\r' && i + 1 < body.size() && body[i + 1] == '\n') {
      ++i;
      column = 0;
    } else if (body[i] == '\0' || body[i] == '\r' || body[i] == '\n' || ++column > 998) {
      return true;
    }
  }
  return false;
}

ContentKind KindOf(absl::string_view body) {
  return IsBinary(body)      ? ContentKind::kBinary
         : HasEightBit(body) ? ContentKind::k8Bit
                             : ContentKind::k7Bit;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view message(reinterpret_cast<const char*>(data), size);
  posthorn::mail::HeaderReader reader(message);
  while (reader.Next().has_value()) {
  }
  const absl::string_view body = message.substr(reader.position());
  for (const size_t frame : {size + 1, size_t{1}, size_t{5}}) {
    posthorn::mail::ContentNeedsScanner scanner;
    for (size_t i = 0; i < size; i += frame) {
      scanner.Feed(message.substr(i, frame));
    }
    const ContentNeeds needs = scanner.Finish();
    if (needs.eight_bit_header != HasEightBit(message.substr(0, reader.position())) ||
        needs.body != KindOf(body)) {
      abort();
    }
  }
  return 0;
}
