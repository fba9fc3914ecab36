#include "mailstore/message/search_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "mailstore/message/lanes.h"
#include "mailstore/storage/body_codec.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

constexpr size_t kBodyBlock = 64;
// Messages whose headers are decided in one go of a thread, and those whose headers are there at
// once where they are not kept.
constexpr size_t kDecideBlock = 16'384;
constexpr size_t kHeaderSlice = 65'536;
constexpr size_t kLanes = 2;  // of the pool's threads, so that others can read bodies meanwhile

// The pieces of bodies that are not too long, read many at a time and ahead of their turn.
class PieceReader {
 public:
  PieceReader(Connection& connection, AccountId account,
              std::vector<std::shared_ptr<const BlobBody>> bodies)
      : connection_(connection), account_(account), bodies_(std::move(bodies)) {}

  // The pieces of a body for which IsShort() holds, ascending. Best in the constructor's order.
  const std::vector<BodyChunk>& Get(const BlobBody& body) {
    if (!pieces_.contains(body.blob)) {
      ReadFrom(body);
    }
    return pieces_[body.blob];
  }
  static bool IsShort(const BlobBody& body) { return !body.in_row && body.size <= kMost / 4; }

 private:
  static constexpr size_t kMost = 4 << 20;  // octets in memory, before compression

  void ReadFrom(const BlobBody& wanted) {
    pieces_.clear();
    std::vector<BlobId> blobs = {wanted.blob};
    size_t octets = wanted.size;
    for (; next_ < bodies_.size(); ++next_) {
      const BlobBody& body = *bodies_[next_];
      if (!IsShort(body) || body.blob == wanted.blob) {
        continue;
      }
      octets += body.size;
      if (octets > kMost) {
        break;
      }
      blobs.push_back(body.blob);
    }
    for (auto& [of, chunk] : LoadAllChunks(connection_, account_, blobs)) {
      pieces_[of].push_back(std::move(chunk));
    }
  }

  Connection& connection_;
  const AccountId account_;
  const std::vector<std::shared_ptr<const BlobBody>> bodies_;
  size_t next_ = 0;
  absl::flat_hash_map<BlobId, std::vector<BodyChunk>> pieces_;
};

// All octets of a body. False if they are not there any more.
bool ReadWhole(Connection& connection, AccountId account, const BlobBody& body, PieceReader* pieces,
               std::string* plain) {
  plain->clear();
  if (body.in_row) {
    return Decode(body.codec, body.data, body.size, plain).ok();
  }
  if (PieceReader::IsShort(body)) {
    for (const BodyChunk& chunk : pieces->Get(body)) {
      if (chunk.start != static_cast<int64_t>(plain->size()) ||
          !Decode(chunk.codec, chunk.data, static_cast<size_t>(chunk.plain_size), plain).ok()) {
        return false;
      }
    }
    return plain->size() == body.size;
  }
  constexpr int64_t kWindow = 1 << 20;
  plain->reserve(body.size);
  for (int64_t at = 0; at < body.size; at += kWindow) {
    const int64_t end = std::min<int64_t>(body.size, at + kWindow);
    for (const BodyChunk& chunk : LoadChunks(connection, {account, body.blob}, at, end)) {
      // The one that reaches over from the window before is there already.
      if (chunk.start == static_cast<int64_t>(plain->size()) &&
          !Decode(chunk.codec, chunk.data, static_cast<size_t>(chunk.plain_size), plain).ok()) {
        return false;
      }
    }
  }
  return plain->size() == body.size;
}

// What a block of messages has, from memory or the database.
struct LoadedBlobs {
  absl::flat_hash_map<BlobId, std::shared_ptr<const BlobMetadata>> metadata;
  absl::flat_hash_map<BlobId, std::shared_ptr<const BlobBody>> bodies;

  LoadedBlobs(Connection& connection, AccountId account, MessageCache& cache,
              absl::Span<const MessageRow> rows) {
    std::vector<BlobId> no_metadata;
    std::vector<BlobId> no_body;
    for (const MessageRow& row : rows) {
      if (const auto [it, is_new] = metadata.try_emplace(row.blob); is_new) {
        it->second = cache.FindMetadata({account, row.blob});
        bodies[row.blob] = cache.FindBody({account, row.blob});
        if (it->second == nullptr) {
          no_metadata.push_back(row.blob);
        }
        if (bodies[row.blob] == nullptr) {
          no_body.push_back(row.blob);
        }
      }
    }
    if (!no_metadata.empty()) {
      for (BlobMetadata& loaded : LoadBlobMetadata(connection, account, no_metadata)) {
        const BlobId blob = loaded.blob;
        metadata[blob] = cache.Put(account, std::move(loaded));
      }
    }
    if (!no_body.empty()) {
      for (BlobBody& loaded : LoadBlobBodies(connection, account, no_body)) {
        const BlobId blob = loaded.blob;
        bodies[blob] = cache.Put(account, std::move(loaded));
      }
    }
  }
};

bool ByUid(const FoundMessage& a, const FoundMessage& b) { return a.row.uid < b.row.uid; }

absl::Status NobodyWaits() { return absl::CancelledError("the search is not waited for"); }

}  // namespace

void SearchRun::Decide(const SearchSubject& subject, Decision* decision) const {
  const std::optional<bool> matches = evaluator_.Matches(subject);
  if (!matches.has_value()) {
    decision->undecided.push_back(subject.row);
  } else if (*matches) {
    Keep(subject, decision);
  }
}

void SearchRun::Keep(const SearchSubject& subject, Decision* decision) const {
  decision->found.push_back(
      {.row = subject.row,
       .header = headers_stay_ ? subject.header : HeaderRow(),
       .relevancy = evaluator_.fuzzy() ? evaluator_.Relevancy(subject) : 100});
}

void SearchRun::ByIndex(const MailboxColumns& columns, const UidRanges& among) {
  mailbox_ = columns.state;
  std::vector<size_t> matching;  // places: rows are longer, and most searches find few
  for (const UidRanges::Places& places : among.PlacesIn(columns.uids)) {
    for (size_t i = places.begin; i < places.end; ++i) {
      const SearchSubject subject{.row = columns.Row(i)};
      const std::optional<bool> matches = evaluator_.Matches(subject);
      if (!matches.has_value()) {
        decision_.undecided.push_back(subject.row);
      } else if (*matches) {
        matching.push_back(i);
      }
    }
  }
  decision_.found.reserve(matching.size());
  for (const size_t i : matching) {
    Keep({.row = columns.Row(i)}, &decision_);
  }
  if (order_.headers.has_value() || !decision_.undecided.empty()) {
    all_.reserve(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      all_.push_back(columns.Row(i));
    }
  }
}

asio::awaitable<absl::Status> SearchRun::ByHeaders() {
  std::vector<MessageRow> wanted = std::move(decision_.undecided);
  decision_.undecided.clear();
  headers_stay_ = KeepsHeaders(store_, all_.size());
  if (order_.headers.has_value() && headers_stay_) {
    for (const FoundMessage& found : decision_.found) {
      wanted.push_back(found.row);
    }
    std::sort(wanted.begin(), wanted.end(),
              [](const MessageRow& a, const MessageRow& b) { return a.uid < b.uid; });
    decision_.found.clear();
  }
  const size_t slice = headers_stay_ ? wanted.size() : kHeaderSlice;
  for (size_t at = 0; at < wanted.size(); at += slice) {
    const absl::Span<const MessageRow> rows = absl::MakeConstSpan(wanted).subspan(at, slice);
    headers_ = LoadedHeaders();  // its lease before the next one is asked for
    auto headers = co_await LoadHeaders(store_, mailbox_, all_, rows, order_.cancelled);
    if (!headers.ok()) {
      co_return headers.status();
    }
    headers_ = *std::move(headers);
    const absl::Status status = co_await DecideByHeaders(rows);
    if (!status.ok()) {
      co_return status;
    }
  }
  if (!headers_stay_) {
    headers_ = LoadedHeaders();
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> SearchRun::LoadKeys() {
  std::sort(decision_.found.begin(), decision_.found.end(), ByUid);
  std::vector<MessageRow> rows;
  rows.reserve(decision_.found.size());
  for (const FoundMessage& found : decision_.found) {
    rows.push_back(found.row);
  }
  auto keys = co_await LoadHeaderKeys(store_, mailbox_.key.account, std::move(rows),
                                      *order_.headers, order_.cancelled);
  if (!keys.ok()) {
    co_return keys.status();
  }
  headers_ = *std::move(keys);
  for (FoundMessage& found : decision_.found) {
    found.header = headers_.columns->Find(found.row.uid.value());
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> SearchRun::DecideByHeaders(absl::Span<const MessageRow> rows) {
  for (size_t at = 0; at < rows.size(); at += kDecideBlock) {
    if (order_.cancelled()) {
      co_return NobodyWaits();
    }
    auto decide =
        [this, block = rows.subspan(at, kDecideBlock)](Connection&) -> absl::StatusOr<Decision> {
      Decision decision;
      for (const MessageRow& row : block) {
        Decide({.row = row, .header = headers_.columns->Find(row.uid.value())}, &decision);
      }
      return decision;
    };
    const absl::StatusOr<Decision> decision = co_await store_.bodies().Run(std::move(decide));
    if (!decision.ok()) {
      co_return decision.status();
    }
    decision_.found.insert(decision_.found.end(), decision->found.begin(), decision->found.end());
    decision_.undecided.insert(decision_.undecided.end(), decision->undecided.begin(),
                               decision->undecided.end());
  }
  co_return absl::OkStatus();
}

absl::StatusOr<std::vector<FoundMessage>> SearchRun::DecideBlock(
    Connection& connection, absl::Span<const MessageRow> rows) const {
  const AccountId account = mailbox_.key.account;
  const LoadedBlobs blobs(connection, account, store_.messages(), rows);
  std::vector<std::shared_ptr<const BlobBody>> in_order;
  for (const MessageRow& row : rows) {
    if (const auto& body = blobs.bodies.at(row.blob); body != nullptr) {
      in_order.push_back(body);
    }
  }
  PieceReader pieces(connection, account, std::move(in_order));
  Decision decision;
  std::string plain;
  HeaderBlock own;  // where the stage before has kept none
  const auto header_of = [&](const MessageRow& row, const BlobMetadata& metadata) {
    if (headers_.columns != nullptr) {
      return headers_.columns->Find(row.uid.value());
    }
    own.Append(row.uid.value(), metadata.envelope, "");
    return HeaderRow{&own, own.size() - 1};
  };
  for (const MessageRow& row : rows) {
    if (order_.cancelled()) {
      return NobodyWaits();
    }
    const auto& metadata = blobs.metadata.at(row.blob);
    const auto& body = blobs.bodies.at(row.blob);
    // Removed meanwhile, or damaged: one message does not fail the search.
    if (metadata != nullptr && body != nullptr &&
        ReadWhole(connection, account, *body, &pieces, &plain)) {
      Decide({.row = row,
              .header = header_of(row, *metadata),
              .body_structure = metadata->body_structure,
              .octets = plain},
             &decision);
    }
  }
  return std::move(decision.found);
}

asio::awaitable<absl::Status> SearchRun::Block(size_t n) {
  if (order_.cancelled()) {
    co_return NobodyWaits();
  }
  const absl::Span<const MessageRow> rows =
      absl::MakeConstSpan(decision_.undecided).subspan(n * kBodyBlock, kBodyBlock);
  auto decide = [this, rows](Connection& connection) { return DecideBlock(connection, rows); };
  auto found = co_await store_.bodies().Run(std::move(decide));
  if (found.ok()) {
    decision_.found.insert(decision_.found.end(), found->begin(), found->end());
  }
  co_return found.status();
}

asio::awaitable<absl::Status> SearchRun::ByBodies() {
  const size_t blocks = (decision_.undecided.size() + kBodyBlock - 1) / kBodyBlock;
  co_return co_await InLanes(blocks, kLanes, *this);
}

asio::awaitable<absl::Status> SearchRun::BeyondIndex() {
  const auto turn = co_await store_.searches().Enter(order_.caller);
  if (!turn.ok()) {
    co_return turn.status();
  }
  absl::Status status = co_await ByHeaders();
  if (status.ok() && !decision_.undecided.empty()) {
    status = co_await ByBodies();
  }
  if (status.ok() && order_.headers.has_value() && !headers_stay_ && !decision_.found.empty()) {
    status = co_await LoadKeys();
  }
  co_return status;
}

asio::awaitable<absl::StatusOr<std::vector<FoundMessage>>> SearchRun::Run(MailboxIndex& index,
                                                                          const UidRanges& among) {
  index.Read([&](const MailboxColumns& columns) { ByIndex(columns, among); });
  if (!decision_.undecided.empty() || (order_.headers.has_value() && !decision_.found.empty())) {
    const absl::Status status = co_await BeyondIndex();
    if (!status.ok()) {
      co_return status;
    }
    std::sort(decision_.found.begin(), decision_.found.end(), ByUid);
  }
  co_return std::move(decision_.found);
}

}  // namespace posthorn::store
