#include <algorithm>
#include <utility>
#include <vector>

#include "mailstore/message/body_reader.h"
#include "mailstore/message/message_service.h"
#include "mailstore/message/metadata_reader.h"
#include "mailstore/message/search_evaluator.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kMetadataBlock = 4'096;
constexpr size_t kBodyBlock = 64;

// The search in its stages: first what the index decides, then with envelopes, then with bodies.
// Each stage sees only the messages that the one before could not decide.
class SearchRun {
 public:
  SearchRun(Store& store, AccountId account, const SearchEvaluator& evaluator)
      : store_(store), account_(account), evaluator_(evaluator) {}

  void ByIndex(const MailboxColumns& columns, const UidRanges& among) {
    for (const uint32_t uid : among.Intersect(columns.uids)) {
      const MessageRow row = columns.Row(columns.Find(uid));
      Decide({.row = row});
    }
    undecided_.swap(next_);
  }

  asio::awaitable<absl::Status> ByMetadata() {
    MetadataReader reader(store_, account_);
    for (size_t i = 0; i < undecided_.size(); i += kMetadataBlock) {
      const std::vector<MessageRow> rows = Block(i, kMetadataBlock);
      const auto metadata = co_await reader.Read(rows);
      if (!metadata.ok()) {
        co_return metadata.status();
      }
      for (size_t j = 0; j < rows.size(); ++j) {
        Decide({.row = rows[j],
                .envelope = (*metadata)[j]->envelope,
                .body_structure = (*metadata)[j]->body_structure});
      }
    }
    NextStage();
    co_return absl::OkStatus();
  }

  asio::awaitable<absl::Status> ByBody() {
    MetadataReader metadata_reader(store_, account_);
    BodyReader bodies(store_, account_);
    for (size_t i = 0; i < undecided_.size(); i += kBodyBlock) {
      const std::vector<MessageRow> rows = Block(i, kBodyBlock);
      const auto metadata = co_await metadata_reader.Read(rows);
      if (!metadata.ok()) {
        co_return metadata.status();
      }
      std::vector<BlobId> blobs;
      for (const MessageRow& row : rows) {
        blobs.push_back(row.blob);
      }
      if (const absl::Status status = co_await bodies.Load(blobs); !status.ok()) {
        co_return status;
      }
      for (size_t j = 0; j < rows.size(); ++j) {
        const absl::Status status = co_await DecideByBody(rows[j], *(*metadata)[j], bodies);
        if (!status.ok()) {
          co_return status;
        }
      }
    }
    co_return absl::OkStatus();
  }

  std::vector<uint32_t> TakeMatches() {
    std::sort(matches_.begin(), matches_.end());
    return std::move(matches_);
  }

 private:
  std::vector<MessageRow> Block(size_t from, size_t count) const {
    const auto begin = undecided_.begin() + static_cast<ptrdiff_t>(from);
    return {begin, begin + static_cast<ptrdiff_t>(std::min(count, undecided_.size() - from))};
  }

  void NextStage() {
    undecided_.clear();
    undecided_.swap(next_);
  }

  void Decide(const SearchSubject& subject) {
    const std::optional<bool> matches = evaluator_.Matches(subject);
    if (!matches.has_value()) {
      next_.push_back(subject.row);
    } else if (*matches) {
      matches_.push_back(subject.row.uid.value());
    }
  }

  asio::awaitable<absl::Status> DecideByBody(const MessageRow& row, const BlobMetadata& metadata,
                                             BodyReader& bodies) {
    const std::shared_ptr<const BlobBody> body = bodies.Find(row.blob);
    if (body == nullptr) {
      co_return absl::OkStatus();  // removed meanwhile
    }
    // A large message is held whole while it is searched.
    auto lease = co_await store_.read_budget().Acquire(body->size);
    if (!lease.ok()) {
      co_return lease.status();
    }
    std::string octets;
    octets.reserve(body->size);
    while (octets.size() < body->size) {
      const absl::StatusOr<std::string> window =
          co_await bodies.Read(*body, octets.size(), body->size);
      if (!window.ok()) {
        co_return window.status();
      }
      octets += *window;
    }
    Decide({.row = row,
            .envelope = metadata.envelope,
            .body_structure = metadata.body_structure,
            .octets = octets});
    co_return absl::OkStatus();
  }

  Store& store_;
  const AccountId account_;
  const SearchEvaluator& evaluator_;
  std::vector<MessageRow> undecided_;
  std::vector<MessageRow> next_;
  std::vector<uint32_t> matches_;
};

}  // namespace

asio::awaitable<absl::Status> MessageService::DoSearch(const v1::SearchRequest& request,
                                                       v1::SearchResponse& response) {
  const absl::StatusOr<MailboxKey> mailbox = Authorize(request.caller(), request.mailbox());
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const absl::StatusOr<UidRanges> among = UidRanges::Parse(request.among());
  if (!among.ok()) {
    co_return among.status();
  }
  const auto index = co_await Index(*mailbox);
  if (!index.ok()) {
    co_return index.status();
  }
  const MailboxState state =
      (*index)->Read([](const MailboxColumns& columns) { return columns.state; });
  const absl::StatusOr<SearchEvaluator> evaluator =
      SearchEvaluator::Prepare(request.key(), state, request.recent_from_uid());
  if (!evaluator.ok()) {
    co_return evaluator.status();
  }
  SearchRun run(store_, mailbox->account, *evaluator);
  (*index)->Read([&](const MailboxColumns& columns) { run.ByIndex(columns, *among); });
  if (const absl::Status status = co_await run.ByMetadata(); !status.ok()) {
    co_return status;
  }
  if (const absl::Status status = co_await run.ByBody(); !status.ok()) {
    co_return status;
  }
  EncodeUids(run.TakeMatches(), response.mutable_uids());
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
