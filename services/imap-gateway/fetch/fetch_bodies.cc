#include "imap-gateway/fetch/fetch_bodies.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "imap-gateway/fetch/body_sender.h"
#include "imap-gateway/fetch/fetch_columns.h"
#include "imap-gateway/fetch/header_fields.h"
#include "imap-gateway/fetch/portions.h"
#include "imap-gateway/fetch/section_range.h"
#include "imap-gateway/parser/flags.h"
#include "imap-gateway/response/section_label.h"
#include "imap-gateway/store/flag_changes.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

// Messages whose columns are held at a time; ranges of one call to the store are at most 10,000.
constexpr std::size_t kMessagesAtOnce = 512;
constexpr std::size_t kRangesAtOnce = 4000;
// Of a header from which fields are chosen.
constexpr std::size_t kMaxHeader = 4 << 20;

// One batch of messages on its way to the client.
class Batch {
 public:
  Batch(Session& session, const FetchPlan& plan, BodiesOutcome& outcome)
      : session_(session), plan_(plan), outcome_(outcome), knows_rows_(NeedsColumns(plan)) {}

  asio::awaitable<void> Run(NumberRanges uids) {
    if (knows_rows_) {
      const absl::Status read = co_await ReadRows(std::move(uids));
      if (!read.ok()) {
        outcome_.status = read;
        outcome_.ended = true;
        co_return;
      }
    } else {
      TakeRows(uids);
    }
    if (rows_.empty()) {
      co_return;
    }
    // RFC 4314 4: who may not change \Seen reads without setting it.
    if (plan_.sets_seen && !session_.selected().read_only && session_.selected().May('s')) {
      co_await SetSeen();
    }
    if (plan_.downward) {
      std::reverse(rows_.begin(), rows_.end());
    }
    PlanPieces();
    co_await TellRows();
  }

 private:
  // Those that the session knows; which of them are still there shows when they are read.
  void TakeRows(const NumberRanges& uids) {
    const View& view = session_.selected().view;
    for (const NumberRange& range : uids) {
      for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
        MessageRow row;
        row.uid = static_cast<std::uint32_t>(uid);
        if (const auto number = view.SequenceNumberOf(row.uid)) {
          row.number = *number;
          rows_.push_back(row);
        }
      }
    }
  }

  asio::awaitable<absl::Status> ReadRows(NumberRanges uids) {
    SelectedMailbox& mailbox = session_.selected();
    v1::FetchMetadataRequest request = MetadataRequest(plan_);
    *request.mutable_mailbox() = mailbox.ref;
    *request.mutable_uids() = ToProto(uids);
    MetadataReader reader(session_.store(), &MessageMethods::FetchMetadata, std::move(request));
    while (true) {
      auto block = std::make_unique<v1::FetchMetadataBlock>();
      const bool read = co_await reader.Read(block.get());
      if (!read) {
        break;
      }
      co_await LearnKeywordsOf(session_, *block);
      for (int i = 0; i < block->flags().uids_size(); ++i) {
        MessageRow row = RowOf(*block, i);
        const auto number = mailbox.view.SequenceNumberOf(row.uid);
        if (number) {
          row.number = *number;
          row.recent = Contains(mailbox.recent, row.uid);
          rows_.push_back(row);
          if (plan_.answers_modseq) {
            mailbox.Reveal(row.modseq);
          }
        }
      }
      blocks_.push_back(std::move(block));
    }
    co_return reader.status();
  }

  // RFC 3501 6.4.5: BODY[section] sets \Seen, and the response tells it.
  asio::awaitable<void> SetSeen() {
    std::vector<std::uint32_t> unseen;
    for (const MessageRow& row : rows_) {
      if ((row.flags & kSeen) == 0) {
        unseen.push_back(row.uid);
      }
    }
    if (unseen.empty()) {
      co_return;
    }
    v1::StoreFlagsRequest request;
    *request.mutable_uids() = ToProto(RunsOf(unseen));
    request.set_mode(v1::StoreFlagsRequest::MODE_ADD);
    request.set_flags(kSeen);
    v1::StoreFlagsResponse response;
    const absl::Status status = co_await StoreFlags(session_, request, NewFlags::kTold, response);
    if (!status.ok()) {
      co_return;  // to read the message matters more
    }
    const v1::FlagColumns& state = response.state();
    for (int i = 0; i < state.uids_size(); ++i) {
      const auto row = std::lower_bound(
          rows_.begin(), rows_.end(), state.uids(i),
          [](const MessageRow& candidate, std::uint32_t uid) { return candidate.uid < uid; });
      if (row != rows_.end() && row->uid == state.uids(i)) {
        row->flags = state.flags(i);
        row->keywords = state.keywords(i);
        row->modseq = state.modseqs(i);
        flags_changed_.push_back(row->uid);
      }
    }
  }

  void PlanPieces() {
    v1::BodyStructure structure;
    for (const MessageRow& row : rows_) {
      if (plan_.structure &&
          !structure.ParseFromArray(row.structure.data(), static_cast<int>(row.structure.size()))) {
        structure.Clear();
      }
      for (const FetchItem& item : plan_.bodies) {
        pieces_.push_back(PieceFor(item, row.uid, structure));
      }
    }
  }

  asio::awaitable<void> TellRows() {
    std::vector<v1::BodyRange> ranges;
    for (const BodyPiece& piece : pieces_) {
      if (piece.range.uid() != 0) {
        ranges.push_back(piece.range);
      }
    }
    BodySender sender(session_, std::move(ranges));
    RowWriter writer(session_.features(), session_.selected().keywords);
    std::size_t piece = 0;
    for (const MessageRow& row : rows_) {
      session_.selected().Told(row.modseq);
      const std::size_t begin = session_.out().size();
      const std::uint64_t unreadable = outcome_.unreadable;
      const bool flags_too =
          std::binary_search(flags_changed_.begin(), flags_changed_.end(), row.uid);
      bool space = writer.AppendColumns(session_.out(), plan_, row, flags_too);
      for (const FetchItem& item : plan_.bodies) {
        if (space) {
          session_.out().push_back(' ');
        }
        space = true;
        const bool go_on = co_await TellPiece(sender, item, pieces_[piece++]);
        if (!go_on) {
          outcome_.ended = true;
          co_return;
        }
      }
      if (!knows_rows_ && outcome_.status.ok() &&
          outcome_.unreadable - unreadable == plan_.bodies.size()) {
        // Nothing of it was there: it is gone, and not answered.
        session_.out().resize(begin);
        outcome_.unreadable = unreadable;
        continue;
      }
      session_.out().append(")\r\n");
      ++outcome_.told;
      co_await session_.output().FlushIfLarge();
      // A message that cannot be read does not hide those behind it; a store that is away does.
      outcome_.ended = absl::IsUnavailable(outcome_.status);
      if (outcome_.ended) {
        co_return;
      }
    }
  }

  // False: the connection is unusable.
  asio::awaitable<bool> TellPiece(BodySender& sender, const FetchItem& item,
                                  const BodyPiece& piece) {
    AppendSectionLabel(session_.out(), item);
    session_.out().push_back(' ');
    // RFC 3516 5: BINARY.SIZE is a number.
    const absl::string_view none = item.kind == FetchItem::Kind::kBinarySize ? "0" : "NIL";
    BodySender::Result result = BodySender::Result::kSent;
    switch (piece.kind) {
      case BodyPiece::Kind::kNil:
        absl::StrAppend(&session_.out(), none);
        break;
      case BodyPiece::Kind::kUnknownEncoding:
        absl::StrAppend(&session_.out(), none);
        ++outcome_.undecodable;
        break;
      case BodyPiece::Kind::kEmpty:
        absl::StrAppend(&session_.out(),
                        item.kind == FetchItem::Kind::kBinarySize ? none : "{0}\r\n");
        break;
      case BodyPiece::Kind::kSize:
        result = co_await TellSize(sender);
        break;
      case BodyPiece::Kind::kOctets:
        result = co_await sender.SendNext();
        break;
      case BodyPiece::Kind::kFields:
        result = co_await TellFields(sender, item, piece);
        break;
    }
    if (result == BodySender::Result::kGone || result == BodySender::Result::kFailed) {
      absl::StrAppend(&session_.out(), none);
      ++outcome_.unreadable;
      if (result == BodySender::Result::kFailed) {
        outcome_.status = sender.status();
      }
    }
    co_return result != BodySender::Result::kBroken && !session_.output().broken();
  }

  asio::awaitable<BodySender::Result> TellSize(BodySender& sender) {
    std::uint64_t octets = 0;
    const BodySender::Result result = co_await sender.SizeNext(octets);
    if (result == BodySender::Result::kSent) {
      absl::StrAppend(&session_.out(), octets);
    }
    co_return result;
  }

  asio::awaitable<BodySender::Result> TellFields(BodySender& sender, const FetchItem& item,
                                                 const BodyPiece& piece) {
    std::string header;
    if (piece.range.uid() != 0) {
      const BodySender::Result result = co_await sender.CollectNext(header, kMaxHeader);
      if (result != BodySender::Result::kSent) {
        co_return result;
      }
    }
    const bool exclude = item.section.text == Section::Text::kHeaderFieldsNot;
    const std::string fields = SelectHeaderFields(header, item.section.fields, exclude);
    const OctetRange part = Clip({0, fields.size()}, item.partial);
    absl::StrAppend(&session_.out(), "{", part.length, "}\r\n",
                    absl::string_view(fields).substr(part.offset, part.length));
    co_return BodySender::Result::kSent;
  }

  Session& session_;
  const FetchPlan& plan_;
  BodiesOutcome& outcome_;
  const bool knows_rows_;  // from the store
  std::vector<std::unique_ptr<v1::FetchMetadataBlock>> blocks_;
  std::vector<MessageRow> rows_;  // pointing into blocks_; ascending by UID until they are told
  std::vector<std::uint32_t> flags_changed_;
  std::vector<BodyPiece> pieces_;
};

}  // namespace

asio::awaitable<void> FetchBodies(Session& session, const FetchPlan& plan, const NumberRanges& uids,
                                  BodiesOutcome& outcome) {
  Portions portions(uids, plan.downward ? Portions::Order::kDown : Portions::Order::kUp);
  const std::size_t count =
      std::clamp<std::size_t>(kRangesAtOnce / plan.bodies.size(), 1, kMessagesAtOnce);
  while (!portions.empty() && !outcome.ended && !session.output().broken()) {
    Batch batch(session, plan, outcome);
    co_await batch.Run(portions.Take(count));
  }
}

}  // namespace posthorn::imap
