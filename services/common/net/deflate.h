// The compression layer of RFC 4978: raw DEFLATE (RFC 1951) in both directions, each with a state
// that is small while nothing is on its way. Pure: octets in, octets out.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::net {

// Compresses what is sent. zlib's state takes 256 KiB; Shrink gives it back and keeps the last few
// KiB that were sent as the dictionary of the next state, which the peer's window still holds.
class Deflater {
 public:
  Deflater() = default;
  ~Deflater();
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Compresses some of `data`, taking it off the view, into `out` (replaced). With nothing left of
  // `data` and `out` empty, the peer can read all that was given. Call it until then.
  void Next(absl::string_view& data, std::string& out);

  // Between two complete messages.
  void Shrink();

 private:
  void Open();

  z_stream stream_ = {};
  bool open_ = false;
  bool flushed_ = true;
  std::string dictionary_;  // while not open
};

// Inflates what is received, as far as is asked for: a caller that reads into a bounded buffer is
// bounded itself. A peer that sends next to nothing and makes much of it is refused
// (RESOURCE_EXHAUSTED): the octets made may not exceed kRatio times those received by more than
// kFloor.
class Inflater {
 public:
  static constexpr std::uint64_t kRatio = 100;
  static constexpr std::uint64_t kFloor = 64ull << 20;

  Inflater() = default;
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Octets as they came from the peer.
  void Feed(absl::string_view octets) { input_.append(octets.data(), octets.size()); }

  // Up to `size` octets of what they stand for; 0: more input is needed. Stops where a block of the
  // compressed data ends once it has made something, so that what follows the layer's end is not
  // taken for its data. Errors: DATA_LOSS, RESOURCE_EXHAUSTED; OUT_OF_RANGE at the stream's end.
  absl::StatusOr<std::size_t> Read(char* data, std::size_t size);

  // Whether Read would give something: looks ahead by a few octets. True for an error, which the
  // next Read reports.
  bool HasOutput();

  // While nothing is on its way: gives up what can be had again from what was received. A peer that
  // flushed partially, to no octet boundary, keeps its state.
  void Shrink();

  // The layer ends here: the input that is no part of it, after the empty block of a flush.
  std::string TakeRest();

 private:
  enum class Until { kOutput, kBlockEnd };
  absl::StatusOr<std::size_t> Inflate(char* data, std::size_t size, Until until = Until::kOutput);
  bool Open();

  z_stream stream_ = {};
  bool open_ = false;
  bool at_boundary_ = true;  // between two blocks, at an octet's end
  bool failed_ = false;
  std::string dictionary_;  // while not open
  std::string input_;
  std::size_t used_ = 0;  // of input_
  std::string ahead_;     // looked at, not read yet
  std::uint64_t received_ = 0;
  std::uint64_t made_ = 0;
};

}  // namespace posthorn::net
