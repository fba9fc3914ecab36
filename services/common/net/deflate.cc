#include "common/net/deflate.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/strip.h"

namespace posthorn::net {
namespace {

constexpr int kRawWindow = -15;  // RFC 4978 4: no zlib header, a window of 32 KiB
constexpr std::size_t kWindow = 32 * 1024;
constexpr int kLevel = 3;
constexpr int kMemory = 8;
constexpr std::size_t kOutput = 16 * 1024;
// Enough for the words of the protocol, little enough for an idle session.
constexpr std::size_t kDictionary = 4 * 1024;
constexpr std::size_t kAhead = 64;
// zlib's inflate() says so in data_type: a block's end, and the bits of an octet not used yet.
constexpr int kAtBlockEnd = 128;
constexpr int kUnusedBits = 63;
// What a flush at an octet's boundary adds: a stored block of nothing.
constexpr absl::string_view kEmptyBlock("\0\0\0\xff\xff", 5);

Bytef* Octets(const char* data) { return reinterpret_cast<Bytef*>(const_cast<char*>(data)); }

}  // namespace

Deflater::~Deflater() {
  if (open_) {
    deflateEnd(&stream_);
  }
}

void Deflater::Open() {
  stream_ = {};
  // Fails only without memory, as `new` would.
  if (deflateInit2(&stream_, kLevel, Z_DEFLATED, kRawWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    std::abort();
  }
  open_ = true;
  if (!dictionary_.empty()) {
    deflateSetDictionary(&stream_, Octets(dictionary_.data()),
                         static_cast<uInt>(dictionary_.size()));
    std::string().swap(dictionary_);
  }
}

void Deflater::Next(absl::string_view& data, std::string& out) {
  out.clear();
  if (data.empty() && flushed_) {
    return;
  }
  if (!open_) {
    Open();
  }
  flushed_ = false;
  out.resize(kOutput);
  stream_.next_in = Octets(data.data());
  stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(data.size(), 1 << 20));
  stream_.next_out = Octets(out.data());
  stream_.avail_out = static_cast<uInt>(out.size());
  const bool last = stream_.avail_in == data.size();
  const std::size_t given = stream_.avail_in;
  deflate(&stream_, last ? Z_SYNC_FLUSH : Z_NO_FLUSH);
  data.remove_prefix(given - stream_.avail_in);
  // A full buffer may hold back the rest of the flush.
  flushed_ = last && stream_.avail_in == 0 && stream_.avail_out > 0;
  out.resize(out.size() - stream_.avail_out);
}

void Deflater::Shrink() {
  if (!open_ || !flushed_) {
    return;
  }
  std::string window(kWindow, '\0');
  uInt size = 0;
  if (deflateGetDictionary(&stream_, Octets(window.data()), &size) == Z_OK) {
    const std::size_t keep = std::min<std::size_t>(size, kDictionary);
    dictionary_.assign(window, size - keep, keep);
  }
  deflateEnd(&stream_);
  open_ = false;
}

Inflater::~Inflater() {
  if (open_) {
    inflateEnd(&stream_);
  }
}

bool Inflater::Open() {
  stream_ = {};
  if (inflateInit2(&stream_, kRawWindow) != Z_OK) {
    return false;
  }
  open_ = true;
  if (!dictionary_.empty()) {
    inflateSetDictionary(&stream_, Octets(dictionary_.data()),
                         static_cast<uInt>(dictionary_.size()));
    std::string().swap(dictionary_);
  }
  return true;
}

absl::StatusOr<std::size_t> Inflater::Inflate(char* data, std::size_t size, Until until) {
  if (input_.empty() && at_boundary_ && !failed_) {
    return std::size_t{0};
  }
  if (failed_ || (!open_ && !Open())) {
    return absl::DataLossError("not DEFLATE data");
  }
  stream_.next_out = Octets(data);
  stream_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1 << 20));
  const std::size_t room = stream_.avail_out;
  while (stream_.avail_out == room) {
    stream_.next_in = Octets(input_.data() + used_);
    stream_.avail_in = static_cast<uInt>(std::min<std::size_t>(input_.size() - used_, 1 << 20));
    const std::size_t given = stream_.avail_in;
    const int result = inflate(&stream_, Z_BLOCK);
    used_ += given - stream_.avail_in;
    received_ += given - stream_.avail_in;
    if (stream_.avail_in != given || stream_.avail_out != room) {
      at_boundary_ =
          (stream_.data_type & kAtBlockEnd) != 0 && (stream_.data_type & kUnusedBits) == 0;
    }
    if (result == Z_STREAM_END) {
      failed_ = true;
      break;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) {
      failed_ = true;
      return absl::DataLossError("not DEFLATE data");
    }
    // The block's end, no input left, or none that moves it on.
    if (until == Until::kBlockEnd || result == Z_BUF_ERROR ||
        (stream_.avail_in == 0 && stream_.avail_out == room)) {
      break;
    }
  }
  if (used_ == input_.size()) {
    std::string().swap(input_);
    used_ = 0;
  }
  const std::size_t made = room - stream_.avail_out;
  made_ += made;
  if (made_ > kFloor && (made_ - kFloor) / kRatio > received_) {
    failed_ = true;
    return absl::ResourceExhaustedError("the compressed data makes too much");
  }
  if (failed_ && made == 0) {
    return absl::OutOfRangeError("end of the compressed stream");
  }
  return made;
}

absl::StatusOr<std::size_t> Inflater::Read(char* data, std::size_t size) {
  if (!ahead_.empty()) {
    const std::size_t octets = std::min(size, ahead_.size());
    std::copy_n(ahead_.begin(), octets, data);
    ahead_.erase(0, octets);
    return octets;
  }
  return Inflate(data, size);
}

bool Inflater::HasOutput() {
  if (!ahead_.empty()) {
    return true;
  }
  char octets[kAhead];
  const absl::StatusOr<std::size_t> made = Inflate(octets, sizeof octets);
  if (!made.ok()) {
    return true;
  }
  ahead_.assign(octets, *made);
  return !ahead_.empty();
}

void Inflater::Shrink() {
  if (!open_ || !at_boundary_ || failed_ || used_ != input_.size()) {
    return;
  }
  std::string window(kWindow, '\0');
  uInt size = 0;
  if (inflateGetDictionary(&stream_, Octets(window.data()), &size) != Z_OK) {
    return;
  }
  window.resize(size);
  window.shrink_to_fit();
  dictionary_ = std::move(window);
  inflateEnd(&stream_);
  open_ = false;
}

std::string Inflater::TakeRest() {
  char octet;
  if (used_ < input_.size() && !at_boundary_ && !failed_) {
    (void)Inflate(&octet, 1, Until::kBlockEnd);  // the empty block that a flush ends with
  }
  absl::string_view rest = absl::string_view(input_).substr(used_);
  absl::ConsumePrefix(&rest, kEmptyBlock);
  std::string left(rest);
  input_.clear();
  used_ = 0;
  return left;
}

}  // namespace posthorn::net
