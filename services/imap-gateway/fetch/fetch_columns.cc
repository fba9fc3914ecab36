#include "imap-gateway/fetch/fetch_columns.h"

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/fetch/envelope_cache.h"
#include "imap-gateway/fetch/message_row.h"
#include "imap-gateway/fetch/portions.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/reader.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

// Messages that are read before the last of them is told first.
constexpr std::size_t kDownwardAtOnce = 1024;

// Longer lists are not what clients look at again and again, and would push that out.
constexpr std::uint64_t kMostCached = 256;

// The ENVELOPEs of a FETCH, from the cache if it has them all.
class Envelopes {
 public:
  Envelopes(Session& session, const FetchPlan& plan, const NumberRanges& uids)
      : cache_(session.services().envelopes),
        mailbox_(session.selected().ref),
        cached_(plan.envelope && CountOf(uids) <= kMostCached) {
    if (cached_) {
      known_ = FindAll(uids);
    }
  }

  bool known() const { return known_; }

  // Gives the row its text, which lives as long as this.
  void Fill(MessageRow& row) {
    if (known_) {
      const auto found = texts_.find(row.uid);
      row.envelope_text = found == texts_.end() ? absl::string_view() : *found->second;
    } else if (cached_) {
      row.envelope_text =
          *texts_.emplace(row.uid, cache_.Add(NameOf(row.uid), EnvelopeText(row.envelope)))
               .first->second;
    }
  }

 private:
  MessageName NameOf(std::uint32_t uid) const {
    return {mailbox_.account_id(), mailbox_.mailbox_id(), uid};
  }

  bool FindAll(const NumberRanges& uids) {
    for (const NumberRange& range : uids) {
      for (std::uint64_t number = range.first; number <= range.last; ++number) {
        const auto uid = static_cast<std::uint32_t>(number);
        EnvelopeCache::Text text = cache_.Find(NameOf(uid));
        if (text == nullptr) {
          texts_.clear();
          return false;
        }
        texts_.emplace(uid, std::move(text));
      }
    }
    return true;
  }

  EnvelopeCache& cache_;
  const v1::MailboxRef& mailbox_;
  const bool cached_;
  bool known_ = false;
  absl::flat_hash_map<std::uint32_t, EnvelopeCache::Text> texts_;
};

asio::awaitable<void> TellBlock(Session& session, const FetchPlan& plan,
                                const v1::FetchMetadataBlock& block, Envelopes& envelopes,
                                std::uint64_t& told) {
  SelectedMailbox& mailbox = session.selected();
  RowWriter writer(session.features(), mailbox.keywords);
  const int rows = block.flags().uids_size();
  for (int at = 0; at < rows; ++at) {
    MessageRow row = RowOf(block, plan.downward ? rows - 1 - at : at);
    const auto number = mailbox.view.SequenceNumberOf(row.uid);
    if (!number) {
      continue;
    }
    row.number = *number;
    row.recent = Contains(mailbox.recent, row.uid);
    mailbox.Told(row.modseq);
    envelopes.Fill(row);
    if (plan.answers_modseq) {
      mailbox.Reveal(row.modseq);
    }
    writer.AppendColumns(session.out(), plan, row, false);
    session.out().append(")\r\n");
    ++told;
    if (session.output().large() && !(co_await session.output().Flush())) {
      co_return;
    }
  }
}

// The view alone answers UID.
asio::awaitable<void> TellUids(Session& session, const NumberRanges& uids, bool downward,
                               std::uint64_t& told) {
  const View& view = session.selected().view;
  for (std::size_t at = 0; at < uids.size(); ++at) {
    const NumberRange& range = uids[downward ? uids.size() - 1 - at : at];
    for (std::uint64_t offset = 0; offset <= range.last - range.first; ++offset) {
      const auto uid =
          static_cast<std::uint32_t>(downward ? range.last - offset : range.first + offset);
      AppendFetchHead(session.out(), session.features(), view.SequenceNumberOf(uid).value_or(0),
                      uid);
      absl::StrAppend(&session.out(), "UID ", uid, ")\r\n");
      ++told;
      if (session.output().large() && !(co_await session.output().Flush())) {
        co_return;
      }
    }
  }
}

MetadataReader ReaderFor(Session& session, const FetchPlan& plan, const NumberRanges& uids,
                         const Envelopes& envelopes) {
  v1::FetchMetadataRequest request = MetadataRequest(plan);
  request.set_envelope(plan.envelope && !envelopes.known());
  *request.mutable_mailbox() = session.selected().ref;
  *request.mutable_uids() = ToProto(uids);
  return {session.store(), &MessageMethods::FetchMetadata, std::move(request)};
}

// The store knows one order only.
asio::awaitable<absl::Status> FetchDownward(Session& session, const FetchPlan& plan,
                                            const NumberRanges& uids, std::uint64_t& told) {
  Portions portions(uids, Portions::Order::kDown);
  absl::Status status;
  while (status.ok() && !portions.empty() && !session.output().broken()) {
    const NumberRanges portion = portions.Take(kDownwardAtOnce);
    Envelopes envelopes(session, plan, portion);
    MetadataReader reader = ReaderFor(session, plan, portion, envelopes);
    std::vector<v1::FetchMetadataBlock> blocks;
    while (true) {
      v1::FetchMetadataBlock block;
      const bool read = co_await reader.Read(&block);
      if (!read) {
        break;
      }
      co_await LearnKeywordsOf(session, block);
      blocks.push_back(std::move(block));
    }
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
      co_await TellBlock(session, plan, *block, envelopes, told);
    }
    status = reader.status();
  }
  co_return status;
}

}  // namespace

asio::awaitable<void> LearnKeywordsOf(Session& session, const v1::FetchMetadataBlock& block) {
  if (!session.selected().KnowsKeywords(block.flags())) {
    // Without the names the flags are left out, as RowWriter does.
    co_await ReadKeywords(session);
  }
}

asio::awaitable<absl::Status> FetchColumns(Session& session, const FetchPlan& plan,
                                           const NumberRanges& uids, std::uint64_t& told) {
  if (plan.only_uids) {
    co_await TellUids(session, uids, plan.downward, told);
    co_return absl::OkStatus();
  }
  if (plan.downward) {
    co_return co_await FetchDownward(session, plan, uids, told);
  }
  Envelopes envelopes(session, plan, uids);
  MetadataReader reader = ReaderFor(session, plan, uids, envelopes);
  v1::FetchMetadataBlock block;
  while (!session.output().broken()) {
    const bool read = co_await reader.Read(&block);
    if (!read) {
      break;
    }
    co_await LearnKeywordsOf(session, block);
    co_await TellBlock(session, plan, block, envelopes, told);
  }
  co_return reader.status();
}

}  // namespace posthorn::imap
