#include <utility>
#include <vector>

#include "mailstore/message/columns_proto.h"
#include "mailstore/message/message_service.h"
#include "mailstore/message/metadata_reader.h"
#include "mailstore/message/preview_reader.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kBlockMessages = 4'096;

// Walks over the messages of a set, a block at a time, so that the index is never locked for long.
class BlockReader {
 public:
  BlockReader(const MailboxIndex& index, UidRanges uids, uint64_t changed_since)
      : index_(index), uids_(std::move(uids)), changed_since_(changed_since) {}

  // The next messages, at most kBlockMessages; none at the end.
  std::vector<MessageRow> Next() {
    std::vector<MessageRow> rows;
    index_.Read([&](const MailboxColumns& columns) { Fill(columns, &rows); });
    return rows;
  }

 private:
  void Fill(const MailboxColumns& columns, std::vector<MessageRow>* rows) {
    for (; range_ < uids_.ranges().size(); ++range_) {
      const UidRanges::Range& range = uids_.ranges()[range_];
      for (size_t i = columns.LowerBound(std::max(range.first, next_uid_));
           i < columns.size() && columns.uids[i] <= range.last; ++i) {
        if (rows->size() == kBlockMessages) {
          next_uid_ = columns.uids[i];
          return;
        }
        if (static_cast<uint64_t>(columns.modseqs[i]) > changed_since_) {
          rows->push_back(columns.Row(i));
        }
      }
    }
  }

  const MailboxIndex& index_;
  const UidRanges uids_;
  const uint64_t changed_since_;
  size_t range_ = 0;
  uint32_t next_uid_ = 0;
};

// The UID of a set of one; none otherwise: a grant allows no more.
std::vector<uint32_t> OneUid(const UidRanges& uids) {
  const bool one = uids.ranges().size() == 1 && uids.ranges()[0].first == uids.ranges()[0].last;
  return one ? std::vector<uint32_t>{uids.ranges()[0].first} : std::vector<uint32_t>();
}

void FillColumns(const std::vector<MessageRow>& rows, const v1::FetchMetadataRequest& request,
                 v1::FetchMetadataBlock* block) {
  for (const MessageRow& row : rows) {
    AddRow(row, block->mutable_flags());
    if (request.internal_date()) {
      block->add_internal_dates(row.internal_date);
    }
    if (request.size()) {
      block->add_sizes(row.size);
    }
    if (request.save_date()) {
      block->add_save_dates(row.save_date);
    }
    if (request.content_id()) {
      block->add_content_ids(static_cast<uint64_t>(row.blob.value()));
    }
  }
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoFetchMetadata(
    const v1::FetchMetadataRequest& request, MetadataStream& stream) {
  absl::StatusOr<UidRanges> uids = UidRanges::Parse(request.uids());
  if (!uids.ok()) {
    co_return uids.status();
  }
  const absl::StatusOr<MailboxKey> mailbox =
      co_await AuthorizeRead(request.caller(), request.mailbox(), request.grant(), OneUid(*uids));
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const auto index = co_await Index(*mailbox);
  if (!index.ok()) {
    co_return index.status();
  }
  MetadataReader metadata(store_, mailbox->account);
  PreviewReader previews(store_, mailbox->account);
  BlockReader blocks(**index, *std::move(uids), request.changed_since());
  v1::FetchMetadataBlock block;
  for (;;) {
    const std::vector<MessageRow> rows = blocks.Next();
    if (rows.empty()) {
      co_return absl::OkStatus();
    }
    block.Clear();
    block.set_content_account(mailbox->account.value());
    FillColumns(rows, request, &block);
    if (request.envelope() || request.body_structure()) {
      const auto found = co_await metadata.Read(rows);
      if (!found.ok()) {
        co_return found.status();
      }
      for (const auto& message : *found) {
        if (request.envelope()) {
          block.add_envelopes(message->envelope);
        }
        if (request.body_structure()) {
          block.add_body_structures(message->body_structure);
        }
      }
    }
    if (request.preview() != v1::FetchMetadataRequest::PREVIEW_NONE) {
      const absl::Status status = co_await previews.Fill(rows, request.preview(), &block);
      if (!status.ok()) {
        co_return status;
      }
    }
    if (!co_await stream.Write(block)) {
      co_return absl::CancelledError("the gateway is gone");
    }
  }
}

}  // namespace posthorn::store
