#include "mailstore/message/preview_reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "mail/charset.h"
#include "mail/preview_text.h"
#include "mail/transfer_encoding.h"
#include "mailstore/message/metadata_reader.h"
#include "mailstore/message/text_parts.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kAtOnce = 64;
// Octets of a part that are looked at: mail in HTML begins with much that is not shown.
constexpr uint64_t kMaxOctets = 96 * 1024;

bool IsShown(const v1::BodyPart& part, absl::string_view subtype) {
  return part.type() == "TEXT" && part.subtype() == subtype &&
         !absl::EqualsIgnoreCase(part.disposition(), "attachment");
}

// The first part of that subtype that is the message's own text, not an attached message's.
const v1::BodyPart* FindText(const v1::BodyStructure& structure, absl::string_view subtype) {
  for (const v1::BodyPart& part : structure.parts()) {
    if (part.has_envelope()) {
      return nullptr;
    }
    if (IsShown(part, subtype)) {
      return &part;
    }
  }
  return nullptr;
}

}  // namespace

asio::awaitable<absl::StatusOr<std::string>> PreviewReader::OfPart(const BlobBody& body,
                                                                   const v1::BodyPart& part) {
  const uint64_t begin = std::min<uint64_t>(part.body_offset(), body.size);
  const uint64_t end = begin + std::min({part.body_size(), body.size - begin, kMaxOctets});
  if (begin == end) {
    co_return std::string();
  }
  absl::StatusOr<std::string> octets = co_await bodies_.Read(body, begin, end);
  if (!octets.ok()) {
    co_return octets.status();
  }
  std::string decoded;
  mail::TransferDecoder transfer(mail::ParseTransferEncoding(part.encoding()));
  transfer.Feed(*octets, &decoded);
  transfer.Finish(&decoded);
  co_return mail::PreviewText(mail::ToUtf8(decoded, CharsetOf(part)), part.subtype() == "HTML");
}

asio::awaitable<absl::StatusOr<std::string>> PreviewReader::MakeOne(
    const BlobBody& body, absl::string_view body_structure) {
  v1::BodyStructure structure;
  if (!structure.ParseFromArray(body_structure.data(), static_cast<int>(body_structure.size()))) {
    co_return std::string();
  }
  for (const absl::string_view subtype : {"PLAIN", "HTML"}) {
    const v1::BodyPart* part = FindText(structure, subtype);
    if (part == nullptr) {
      continue;
    }
    absl::StatusOr<std::string> text = co_await OfPart(body, *part);
    if (!text.ok() || !text->empty()) {
      co_return text;
    }
  }
  co_return std::string();
}

// Makes the previews of these rows, at most kAtOnce, and keeps them.
asio::awaitable<absl::Status> PreviewReader::Make(const std::vector<MessageRow>& rows,
                                                  bool at_hand) {
  MetadataReader metadata_reader(store_, account_);
  const auto metadata = co_await metadata_reader.Read(rows);
  if (!metadata.ok()) {
    co_return metadata.status();
  }
  std::vector<BlobId> blobs;
  for (const MessageRow& row : rows) {
    blobs.push_back(row.blob);
  }
  if (const absl::Status status = co_await bodies_.Load(blobs); !status.ok()) {
    co_return status;
  }
  const auto made = std::make_shared<std::vector<PreviewRow>>();
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::shared_ptr<const BlobBody> body = bodies_.Find(rows[i].blob);
    if (body == nullptr) {
      previews_[rows[i].blob] = "";  // removed meanwhile
      continue;
    }
    if (at_hand && !body->in_row) {
      continue;
    }
    absl::StatusOr<std::string> text = co_await MakeOne(*body, (*metadata)[i]->body_structure);
    if (!text.ok()) {
      co_return text.status();
    }
    made->push_back({rows[i].blob, *text});
    previews_[rows[i].blob] = *std::move(text);
  }
  if (!made->empty()) {
    auto keep = [account = account_, made](Connection& connection) -> absl::StatusOr<bool> {
      InsertPreviews(connection, account, *made);
      return true;
    };
    // What could not be kept is made again.
    (void)co_await store_.bodies().Run(std::move(keep));
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> PreviewReader::Fill(const std::vector<MessageRow>& rows,
                                                  v1::FetchMetadataRequest::Preview mode,
                                                  v1::FetchMetadataBlock* block) {
  const auto blobs = std::make_shared<std::vector<BlobId>>();
  for (const MessageRow& row : rows) {
    blobs->push_back(row.blob);
  }
  auto load = [account = account_,
               blobs](Connection& connection) -> absl::StatusOr<std::vector<PreviewRow>> {
    return LoadPreviews(connection, account, *blobs);
  };
  absl::StatusOr<std::vector<PreviewRow>> kept = co_await store_.reads().Run(std::move(load));
  if (!kept.ok()) {
    co_return kept.status();
  }
  previews_.clear();
  for (PreviewRow& row : *kept) {
    previews_[row.blob] = std::move(row.text);
  }
  std::vector<MessageRow> missing;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!previews_.contains(rows[i].blob)) {
      missing.push_back(rows[i]);
    }
    if (missing.size() == kAtOnce || (i + 1 == rows.size() && !missing.empty())) {
      const absl::Status status =
          co_await Make(missing, mode == v1::FetchMetadataRequest::PREVIEW_AT_HAND);
      if (!status.ok()) {
        co_return status;
      }
      missing.clear();
    }
  }
  for (const MessageRow& row : rows) {
    v1::PreviewText& preview = *block->add_previews();
    if (const auto found = previews_.find(row.blob); found != previews_.end()) {
      preview.set_text(found->second);
    }
  }
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
