#include "imap-gateway/fetch/fetch_columns.h"

#include <vector>

#include "absl/strings/str_cat.h"
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

asio::awaitable<void> TellBlock(Session& session, const FetchPlan& plan,
                                const v1::FetchMetadataBlock& block, std::uint64_t& told) {
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

MetadataReader ReaderFor(Session& session, const FetchPlan& plan, const NumberRanges& uids) {
  v1::FetchMetadataRequest request = MetadataRequest(plan);
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
    MetadataReader reader = ReaderFor(session, plan, portions.Take(kDownwardAtOnce));
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
      co_await TellBlock(session, plan, *block, told);
    }
    status = reader.status();
  }
  co_return status;
}

}  // namespace

asio::awaitable<void> LearnKeywordsOf(Session& session, const v1::FetchMetadataBlock& block) {
  std::uint64_t used = 0;
  for (const std::uint64_t mask : block.flags().keywords()) {
    used |= mask;
  }
  const std::size_t known = session.selected().keywords.size();
  if (known < 64 && (used >> known) != 0) {
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
  MetadataReader reader = ReaderFor(session, plan, uids);
  v1::FetchMetadataBlock block;
  while (!session.output().broken()) {
    const bool read = co_await reader.Read(&block);
    if (!read) {
      break;
    }
    co_await LearnKeywordsOf(session, block);
    co_await TellBlock(session, plan, block, told);
  }
  co_return reader.status();
}

}  // namespace posthorn::imap
