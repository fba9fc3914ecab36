// Encoding is undone by decoding, gives short lines of 7 bits, and does not depend on the split.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/testing/require.h"
#include "mail/transfer_encoder.h"

using posthorn::mail::TransferDecoder;
using posthorn::mail::TransferEncoder;
using posthorn::mail::TransferEncoding;
using posthorn::testing_support::Require;

namespace {

std::string InFrames(TransferEncoding encoding, absl::string_view octets, size_t frame) {
  TransferEncoder encoder(encoding);
  std::string out;
  for (size_t i = 0; i < octets.size(); i += frame) {
    encoder.Feed(octets.substr(i, frame), &out);
  }
  encoder.Finish(/*end_line=*/octets.size() % 2 == 0, &out);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view octets(reinterpret_cast<const char*>(data), size);
  for (const TransferEncoding encoding :
       {TransferEncoding::kBase64, TransferEncoding::kQuotedPrintable}) {
    const std::string out = InFrames(encoding, octets, size + 1);
    Require(InFrames(encoding, octets, 1) == out);
    Require(InFrames(encoding, octets, 4) == out);
    TransferDecoder decoder(encoding);
    std::string decoded;
    decoder.Feed(out, &decoded);
    decoder.Finish(&decoded);
    Require(decoded == octets && !decoder.damaged());
    size_t column = 0;
    for (const char c : out) {
      Require((c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n');
      Require(column > 0 || c != '-');
      column = c == '\n' ? 0 : column + (c == '\r' ? 0 : 1);
      Require(column <= 76);
    }
  }
  return 0;
}
