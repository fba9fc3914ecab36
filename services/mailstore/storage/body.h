// A message's octets on their way into the store and out of it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace posthorn::store {

// How octets are kept. Numbers are stored.
enum class Codec : int16_t { kPlain = 0, kZstd = 1 };

// A piece of a long body that is decoded by itself and fills a database page at most.
struct BodyChunk {
  int64_t start = 0;       // offset in the message of its first octet
  int32_t plain_size = 0;  // octets of the message in it, at most kMaxChunkPlain
  Codec codec = Codec::kPlain;
  std::string data;
};
inline constexpr int32_t kMaxChunkPlain = 32 * 1024;

// A message ready to be stored: all of it that is not in the store already.
struct StoredMessage {
  uint32_t size = 0;           // octets
  uint32_t header_size = 0;    // with the empty line
  std::string envelope;        // serialized v1::Envelope
  std::string body_structure;  // serialized v1::BodyStructure
  // The body in the blob's own row; if not, it is in `chunks`, after those uploaded before.
  bool in_row = false;
  Codec codec = Codec::kPlain;
  std::string body;
  std::vector<BodyChunk> chunks;
};

}  // namespace posthorn::store
