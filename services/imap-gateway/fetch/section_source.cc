#include "imap-gateway/fetch/section_source.h"

#include <utility>

#include "imap-gateway/fetch/header_fields.h"
#include "imap-gateway/fetch/section_range.h"

namespace posthorn::imap {
namespace {

constexpr int kAttempts = 3;
// Of a header from which fields are chosen.
constexpr std::size_t kMaxHeader = 4 << 20;

absl::Status Missing() { return absl::NotFoundError("no such message or part"); }

}  // namespace

asio::awaitable<absl::StatusOr<v1::BodyStructure>> SectionSource::Structure() {
  v1::FetchMetadataRequest request;
  *request.mutable_mailbox() = mailbox_;
  request.mutable_uids()->add_runs(uid_);
  request.mutable_uids()->add_runs(0);
  request.set_body_structure(true);
  request.set_grant(grant_);
  MetadataReader reader(store_, &MessageMethods::FetchMetadata, std::move(request));
  v1::FetchMetadataBlock block;
  const bool read = co_await reader.Read(&block);
  if (!read || block.body_structures().empty()) {
    co_return reader.status().ok() ? Missing() : reader.status();
  }
  v1::BodyStructure structure;
  if (!structure.ParseFromString(block.body_structures(0))) {
    structure.Clear();
  }
  co_return structure;
}

asio::awaitable<bool> SectionSource::ReadFrame() {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!reader_) {
      v1::FetchBodyRequest request;
      *request.mutable_mailbox() = mailbox_;
      *request.add_ranges() = range_;
      request.set_grant(grant_);
      reader_ =
          std::make_unique<BodyReader>(store_, &MessageMethods::FetchBody, std::move(request));
    }
    const bool read = co_await reader_->Read(&frame_);
    if (read) {
      co_return true;
    }
    status_ = reader_->status().ok() ? absl::DataLossError("the store ended a body early")
                                     : reader_->status();
    reader_.reset();
    if (!rpc::ShouldTryNext(status_)) {
      co_return false;
    }
  }
  co_return false;
}

asio::awaitable<absl::Status> SectionSource::OpenRange() {
  const bool read = co_await ReadFrame();
  if (!read) {
    co_return status_;
  }
  if (frame_.gone()) {
    co_return Missing();
  }
  frame_is_new_ = true;
  left_ = frame_.total();
  has_nul_ = frame_.has_nul();
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> SectionSource::Open(const FetchItem& item) {
  v1::BodyStructure structure;
  if (!item.section.part.empty()) {
    absl::StatusOr<v1::BodyStructure> found = co_await Structure();
    if (!found.ok()) {
      co_return found.status();
    }
    structure = *std::move(found);
  }
  BodyPiece piece = PieceFor(item, uid_, structure);
  range_ = std::move(piece.range);
  switch (piece.kind) {
    case BodyPiece::Kind::kEmpty:
      co_return absl::OkStatus();
    case BodyPiece::Kind::kOctets:
      co_return co_await OpenRange();
    case BodyPiece::Kind::kFields:
      co_return co_await CollectFields(item, range_.uid() == 0);
    case BodyPiece::Kind::kUnknownEncoding:
      co_return absl::UnimplementedError("unknown transfer encoding");
    default:
      co_return Missing();
  }
}

asio::awaitable<absl::Status> SectionSource::CollectFields(const FetchItem& item, bool empty) {
  std::string header;
  if (!empty) {
    const absl::Status opened = co_await OpenRange();
    if (!opened.ok()) {
      co_return opened;
    }
    while (left_ > 0 && header.size() < kMaxHeader) {
      const absl::StatusOr<std::string> octets = co_await Next();
      if (!octets.ok()) {
        co_return octets.status();
      }
      header.append(*octets);
    }
  }
  const bool exclude = item.section.text == Section::Text::kHeaderFieldsNot;
  const std::string chosen = SelectHeaderFields(header, item.section.fields, exclude);
  const OctetRange part = Clip({0, chosen.size()}, item.partial);
  fields_ = chosen.substr(part.offset, part.length);
  left_ = fields_.size();
  co_return absl::OkStatus();
}

asio::awaitable<absl::StatusOr<std::string>> SectionSource::Next() {
  if (left_ == 0) {
    co_return std::string();
  }
  if (!fields_.empty()) {
    left_ = 0;
    co_return std::exchange(fields_, {});
  }
  if (!std::exchange(frame_is_new_, false)) {
    const bool read = co_await ReadFrame();
    if (!read) {
      co_return status_;
    }
  }
  const std::size_t size = frame_.data().size();
  if (frame_.gone() || size == 0 || size > left_) {
    co_return absl::DataLossError("the store sent another body than it announced");
  }
  left_ -= size;
  // What another replica would have to send from here on.
  if (range_.decoding() == v1::TRANSFER_DECODING_NONE) {
    range_.set_offset(range_.offset() + size);
    range_.set_length(left_);
  } else {
    range_.set_decoded_offset(range_.decoded_offset() + size);
    range_.set_decoded_length(left_);
  }
  co_return std::move(*frame_.mutable_data());
}

}  // namespace posthorn::imap
