#include "mailstore/storage/body_writer.h"

#include <algorithm>
#include <utility>

#include "mailstore/storage/body_codec.h"
#include "mailstore/storage/structure_proto.h"

namespace posthorn::store {
namespace {

// A page of 8,192 octets less its header, the row's header and the other columns.
constexpr size_t kChunkRowData = 8'060;
constexpr size_t kBlobRowData = 8'040;

}  // namespace

void BodyWriter::Feed(absl::string_view octets) {
  scanner_.Feed(octets);
  size_ += octets.size();
  pending_.append(octets.data(), octets.size());
  while (pending_.size() - consumed_ > static_cast<size_t>(kMaxChunkPlain)) {
    EmitChunk();
  }
  if (consumed_ > 0) {
    pending_.erase(0, consumed_);
    consumed_ = 0;
  }
}

std::vector<BodyChunk> BodyWriter::TakeChunks() {
  chunk_bytes_ = 0;
  return std::exchange(chunks_, {});
}

// Takes as much of pending_ as fits a row once compressed. The size is guessed from the last chunk
// and made smaller until it fits.
void BodyWriter::EmitChunk() {
  chunked_ = true;
  const absl::string_view rest = absl::string_view(pending_).substr(consumed_);
  const size_t available = std::min<size_t>(rest.size(), kMaxChunkPlain);
  size_t take = std::min(guess_, available);
  BodyChunk chunk;
  for (;;) {
    if (take <= kChunkRowData) {
      take = std::min(kChunkRowData, available);
      chunk.codec = Codec::kPlain;
      chunk.data.assign(rest.data(), take);
      // Try for compression again later in the body: parts differ.
      guess_ = kMaxChunkPlain / 2;
      break;
    }
    CompressZstd(rest.substr(0, take), &chunk.data);
    if (chunk.data.size() <= kChunkRowData) {
      chunk.codec = Codec::kZstd;
      guess_ = std::min<size_t>(kMaxChunkPlain, take * kChunkRowData / chunk.data.size());
      break;
    }
    take = std::min(take - take / 16, take * (kChunkRowData - 200) / chunk.data.size());
  }
  chunk.data.shrink_to_fit();
  chunk.start = next_start_;
  chunk.plain_size = static_cast<int32_t>(take);
  next_start_ += static_cast<int64_t>(take);
  consumed_ += take;
  chunk_bytes_ += chunk.data.size();
  chunks_.push_back(std::move(chunk));
}

StoredMessage BodyWriter::Finish() {
  StoredMessage message;
  const mail::MessageStructure structure = scanner_.Finish();
  message.size = static_cast<uint32_t>(size_);
  message.header_size = static_cast<uint32_t>(structure.header_size);
  message.envelope = SerializeEnvelope(structure);
  message.body_structure = SerializeBodyStructure(structure);
  if (!chunked_) {
    message.codec = Encode(pending_, &message.body);
    message.in_row =
        message.body.size() + message.envelope.size() + message.body_structure.size() <=
        kBlobRowData;
    if (message.in_row) {
      return message;
    }
    message.body.clear();
    message.codec = Codec::kPlain;
  }
  while (consumed_ < pending_.size()) {
    EmitChunk();
  }
  message.chunks = TakeChunks();
  return message;
}

}  // namespace posthorn::store
