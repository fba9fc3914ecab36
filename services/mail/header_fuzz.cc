// Header fields cover their block without gap; decoded text is valid UTF-8; encoding is undone by
// decoding; counting Received fields in pieces agrees with reading them.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/header.h"

using posthorn::mail::DecodeHeaderText;
using posthorn::mail::EncodeHeaderText;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view block(reinterpret_cast<const char*>(data), size);
  posthorn::mail::HeaderReader reader(block);
  size_t next = 0;
  int received = 0;
  while (const auto field = reader.Next()) {
    if (field->offset != next || field->size == 0) {
      abort();
    }
    next += field->size;
    received += field->Is("Received") ? 1 : 0;
    if (!posthorn::mail::IsValidUtf8(DecodeHeaderText(field->value))) {
      abort();
    }
  }
  if (next > reader.position() || reader.position() > size) {
    abort();
  }
  posthorn::mail::ReceivedCounter counter;
  for (size_t i = 0; i < size; i += 3) {
    counter.Feed(block.substr(i, 3));
  }
  if (counter.count() != received) {
    abort();
  }
  const std::string encoded = EncodeHeaderText(block);
  if (encoded != block && DecodeHeaderText(encoded) != posthorn::mail::ToUtf8(block, "utf-8")) {
    abort();
  }
  return 0;
}
