// Turns the octets of a message, as they arrive, into what is stored: scans the structure and
// compresses in pieces, so that the message is never held whole.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/mime_scanner.h"
#include "mailstore/storage/body.h"

namespace posthorn::store {

// Not thread-safe. Holds at most kMaxChunkPlain octets beside the chunks that were not taken.
class BodyWriter {
 public:
  void Feed(absl::string_view octets);
  uint64_t size() const { return size_; }
  // Octets of finished chunks that wait for TakeChunks().
  size_t chunk_bytes() const { return chunk_bytes_; }
  std::vector<BodyChunk> TakeChunks();
  // Ends the message. A short one comes in one piece (in_row); of a long one, `chunks` are those
  // that were not taken. To be called once.
  StoredMessage Finish();

 private:
  void EmitChunk();

  mail::MimeScanner scanner_;
  uint64_t size_ = 0;
  int64_t next_start_ = 0;
  size_t guess_ = kMaxChunkPlain;  // plain octets that likely fill a page
  std::string pending_;            // not yet in a chunk
  size_t consumed_ = 0;            // of pending_
  bool chunked_ = false;
  std::vector<BodyChunk> chunks_;
  size_t chunk_bytes_ = 0;
};

}  // namespace posthorn::store
