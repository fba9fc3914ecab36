// Whatever comes from the peer, in pieces: bounded work and output; and what is sent can be read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "common/net/deflate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  using namespace posthorn::net;
  const absl::string_view text(reinterpret_cast<const char*>(octets), size);
  char data[4096];
  Inflater inflater;
  std::size_t total = 0;
  for (std::size_t at = 0; at < size;) {
    const std::size_t take = std::min<std::size_t>(1 + octets[at] % 64, size - at);
    inflater.Feed(text.substr(at, take));
    at += take;
    if (octets[at - 1] % 2 == 0) {
      (void)inflater.HasOutput();
    }
    while (true) {
      const auto made = inflater.Read(data, sizeof data);
      if (!made.ok() || *made == 0) {
        break;
      }
      total += *made;
    }
    inflater.Shrink();
  }
  // RFC 1951: no more than 258 octets a symbol, a symbol at least a bit.
  if (total > size * 8 * 258 || inflater.TakeRest().size() > size) {
    std::abort();
  }

  Deflater deflater;
  Inflater reader;
  std::string got;
  std::string out;
  absl::string_view left = text;
  do {
    deflater.Next(left, out);
    reader.Feed(out);
  } while (!out.empty() || !left.empty());
  deflater.Shrink();
  while (true) {
    const auto made = reader.Read(data, sizeof data);
    if (!made.ok() || *made == 0) {
      break;
    }
    got.append(data, *made);
  }
  if (got != text) {
    std::abort();
  }
  return 0;
}
