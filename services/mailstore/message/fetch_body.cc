#include <algorithm>
#include <utility>
#include <vector>

#include "mailstore/message/body_reader.h"
#include "mailstore/message/decoded_body.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kMaxRanges = 10'000;
constexpr uint64_t kMaxFrame = 128 * 1024;
// Bodies whose rows are read at once.
constexpr size_t kReadAhead = 64;
constexpr uint64_t kReadAheadBytes = 1 << 20;

// What a piece takes while its reader is slow: a window of it, and frames on their way.
constexpr uint64_t kLeastMemory = 64 * 1024;
constexpr uint64_t kMostMemory = BodyReader::kWindow + 256 * 1024;

// What is asked of one message.
struct Piece {
  uint32_t uid = 0;
  BlobId blob;  // zero: no such message
  uint32_t size = 0;
  v1::BodySection section = v1::BODY_SECTION_ALL;
  uint64_t offset = 0;
  uint64_t length = 0;  // 0: to the end
  v1::TransferDecoding decoding = v1::TRANSFER_DECODING_NONE;
  DecodedBody::Part decoded;
  bool size_only = false;
};

std::vector<Piece> PiecesOf(const v1::FetchBodyRequest& request, const UidRanges& uids,
                            const MailboxColumns& columns) {
  std::vector<Piece> pieces;
  for (const v1::BodyRange& range : request.ranges()) {
    pieces.push_back({.uid = range.uid(),
                      .section = range.section(),
                      .offset = range.offset(),
                      .length = range.length(),
                      .decoding = range.decoding(),
                      .decoded = {range.decoded_offset(), range.decoded_length()},
                      .size_only = range.size_only()});
  }
  if (request.ranges().empty()) {
    for (const uint32_t uid : uids.Intersect(columns.uids)) {
      pieces.push_back({.uid = uid, .section = request.section()});
    }
  }
  for (Piece& piece : pieces) {
    if (const size_t i = columns.Find(piece.uid); i < columns.size()) {
      piece.blob = BlobId(columns.blobs[i]);
      piece.size = columns.sizes[i];
    }
  }
  return pieces;
}

// The UIDs that a grant has to allow: none where a set of them is asked for.
std::vector<uint32_t> NamedUids(const v1::FetchBodyRequest& request) {
  std::vector<uint32_t> uids;
  for (const v1::BodyRange& range : request.ranges()) {
    uids.push_back(range.uid());
  }
  return uids;
}

// Begin and end in the message.
std::pair<uint64_t, uint64_t> Octets(const Piece& piece, const BlobBody& body) {
  const bool text = piece.section == v1::BODY_SECTION_TEXT;
  const bool header = piece.section == v1::BODY_SECTION_HEADER;
  const uint64_t first = text ? body.header_size : 0;
  const uint64_t last = header ? body.header_size : body.size;
  const uint64_t begin = first + std::min<uint64_t>(piece.offset, last - first);
  const uint64_t end = piece.length == 0 ? last : begin + std::min(piece.length, last - begin);
  return {begin, end};
}

// Sends frames; short ones many at a time, if the gateway takes that: a message on the stream costs
// more than the octets of a short mail.
class FrameSender {
 public:
  FrameSender(rpc::FrameWriter<v1::BodyFrame>& stream, bool packed)
      : stream_(stream), packed_(packed) {}

  // Leaves the frame empty. False when the gateway is gone.
  asio::awaitable<bool> Send(v1::BodyFrame& frame) {
    if (!packed_ || frame.data().size() > kMaxPackedFrame) {
      const bool sent = co_await Flush() && co_await stream_.Write(frame);
      frame.Clear();
      co_return sent;
    }
    pack_octets_ += frame.data().size();
    pack_.add_packed()->Swap(&frame);
    if (pack_octets_ < kPackOctets && pack_.packed_size() < kPackFrames) {
      co_return true;
    }
    co_return co_await Flush();
  }
  asio::awaitable<bool> Flush() {
    if (pack_.packed().empty()) {
      co_return true;
    }
    const bool sent = co_await stream_.Write(pack_);
    pack_.clear_packed();
    pack_octets_ = 0;
    co_return sent;
  }

 private:
  static constexpr size_t kMaxPackedFrame = 32 * 1024;
  static constexpr size_t kPackOctets = 96 * 1024;
  static constexpr int kPackFrames = 64;

  rpc::FrameWriter<v1::BodyFrame>& stream_;
  const bool packed_;
  v1::BodyFrame pack_;
  size_t pack_octets_ = 0;
};

mail::TransferEncoding EncodingOf(v1::TransferDecoding decoding) {
  switch (decoding) {
    case v1::TRANSFER_DECODING_BASE64:
      return mail::TransferEncoding::kBase64;
    case v1::TRANSFER_DECODING_QUOTED_PRINTABLE:
      return mail::TransferEncoding::kQuotedPrintable;
    default:
      return mail::TransferEncoding::kIdentity;
  }
}

// Sends octets in frames, the first of which is `frame`; the last one is marked if `last`. False
// when the gateway is gone.
asio::awaitable<bool> SendOctets(v1::BodyFrame& frame, absl::string_view octets, bool last,
                                 FrameSender& frames) {
  do {
    const absl::string_view part = octets.substr(0, kMaxFrame);
    octets.remove_prefix(part.size());
    frame.set_data(part.data(), part.size());
    frame.set_last(last && octets.empty());
    if (!co_await frames.Send(frame)) {
      co_return false;
    }
  } while (!octets.empty());
  co_return true;
}

// The body is read once to learn how many octets it gives, and again to send them.
asio::awaitable<absl::StatusOr<bool>> SendDecoded(const Piece& piece, const BlobBody& body,
                                                  BodyReader& reader, FrameSender& frames) {
  const auto [begin, end] = Octets(piece, body);
  DecodedBody decoded(reader, body, begin, end, EncodingOf(piece.decoding), piece.decoded);
  const absl::StatusOr<DecodedExtent> extent = co_await MeasureDecoded(decoded);
  if (!extent.ok()) {
    co_return extent.status();
  }
  v1::BodyFrame frame;
  frame.set_uid(piece.uid);
  frame.set_total(extent->octets);
  frame.set_has_nul(extent->has_nul);
  if (piece.size_only || extent->octets == 0) {
    frame.set_last(true);
    co_return co_await frames.Send(frame);
  }
  for (uint64_t sent = 0; sent < extent->octets;) {
    const absl::StatusOr<std::string> octets = co_await decoded.Next();
    if (!octets.ok()) {
      co_return octets.status();
    }
    if (octets->empty()) {
      co_return absl::DataLossError("a body changed while it was decoded");
    }
    sent += octets->size();
    if (!co_await SendOctets(frame, *octets, sent == extent->octets, frames)) {
      co_return false;
    }
  }
  co_return true;
}

// Sends one piece in frames. False when the gateway is gone.
asio::awaitable<absl::StatusOr<bool>> SendPiece(const Piece& piece, BodyReader& reader,
                                                FrameSender& frames) {
  v1::BodyFrame frame;
  frame.set_uid(piece.uid);
  const std::shared_ptr<const BlobBody> body = reader.Find(piece.blob);
  if (body == nullptr) {
    frame.set_gone(true);
    frame.set_last(true);
    co_return co_await frames.Send(frame);
  }
  if (piece.decoding != v1::TRANSFER_DECODING_NONE) {
    co_return co_await SendDecoded(piece, *body, reader, frames);
  }
  auto [begin, end] = Octets(piece, *body);
  frame.set_total(end - begin);
  if (begin == end) {
    frame.set_last(true);
    co_return co_await frames.Send(frame);
  }
  while (begin < end) {
    absl::StatusOr<std::string> window = co_await reader.Read(*body, begin, end);
    if (!window.ok()) {
      co_return window.status();
    }
    const uint64_t size = window->size();
    for (uint64_t sent = 0; sent < size;) {
      const uint64_t n = std::min<uint64_t>(kMaxFrame, size - sent);
      frame.set_data(n == size ? *std::move(window) : window->substr(sent, n));
      sent += n;
      begin += n;
      frame.set_last(begin == end);
      if (!co_await frames.Send(frame)) {
        co_return false;
      }
    }
  }
  co_return true;
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoFetchBody(const v1::FetchBodyRequest& request,
                                                          BodyStream& stream) {
  const absl::StatusOr<MailboxKey> mailbox = co_await AuthorizeRead(
      request.caller(), request.mailbox(), request.grant(), NamedUids(request));
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const absl::StatusOr<UidRanges> uids = UidRanges::Parse(request.uids());
  if (!uids.ok() || static_cast<size_t>(request.ranges_size()) > kMaxRanges) {
    co_return absl::InvalidArgumentError("ranges: at most 10,000; uids must ascend");
  }
  // A UID that the index in memory has stands for that body for ever: no barrier is needed.
  std::shared_ptr<MailboxIndex> index = store_.indexes().Peek(*mailbox);
  std::vector<Piece> pieces;
  const auto find = [&](const MailboxColumns& columns) {
    pieces = PiecesOf(request, *uids, columns);
  };
  const auto found = [](const Piece& piece) { return piece.blob.value() != 0; };
  if (index != nullptr) {
    index->Read(find);
  }
  if (index == nullptr || request.ranges().empty() ||
      !std::all_of(pieces.begin(), pieces.end(), found)) {
    const auto current = co_await Index(*mailbox);
    if (!current.ok()) {
      co_return current.status();
    }
    (*current)->Read(find);
  }
  BodyReader reader(store_, mailbox->account);
  FrameSender frames(stream, request.packed());
  for (size_t i = 0; i < pieces.size();) {
    std::vector<BlobId> blobs;
    size_t end = i;
    uint64_t wanted = 0;
    for (uint64_t bytes = 0; end < pieces.size() && end - i < kReadAhead && bytes < kReadAheadBytes;
         ++end) {
      bytes += pieces[end].size;
      // A length may be any number; what is sent is not more than the message.
      const uint64_t length = pieces[end].length;
      wanted += length == 0 ? pieces[end].size : std::min<uint64_t>(length, pieces[end].size);
      if (found(pieces[end])) {
        blobs.push_back(pieces[end].blob);
      }
    }
    const auto lease =
        co_await store_.read_budget().Acquire(std::min(kMostMemory, kLeastMemory + wanted));
    if (!lease.ok()) {
      co_return lease.status();
    }
    if (const absl::Status status = co_await reader.Load(blobs); !status.ok()) {
      co_return status;
    }
    for (; i < end; ++i) {
      const absl::StatusOr<bool> sent = co_await SendPiece(pieces[i], reader, frames);
      if (!sent.ok() || !*sent) {
        co_return sent.ok() ? absl::CancelledError("the gateway is gone") : sent.status();
      }
    }
    if (!co_await frames.Flush()) {
      co_return absl::CancelledError("the gateway is gone");
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
