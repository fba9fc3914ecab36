#include "imap-gateway/fetch/fetch_columns.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/fetch/message_row.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/reader.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

asio::awaitable<void> TellBlock(Session& session, const FetchPlan& plan,
                                const v1::FetchMetadataBlock& block, std::uint64_t& told) {
  SelectedMailbox& mailbox = session.selected();
  RowWriter writer(session.features(), mailbox.keywords);
  for (int i = 0; i < block.flags().uids_size(); ++i) {
    MessageRow row = RowOf(block, i);
    const auto number = mailbox.view.SequenceNumberOf(row.uid);
    if (!number) {
      continue;
    }
    row.number = *number;
    row.recent = Contains(mailbox.recent, row.uid);
    if (plan.answers_flags) {
      mailbox.flag_news.Told(row.uid, row.modseq);
    }
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
asio::awaitable<void> TellUids(Session& session, const NumberRanges& uids, std::uint64_t& told) {
  const View& view = session.selected().view;
  for (const NumberRange& range : uids) {
    for (std::uint64_t uid = range.first; uid <= range.last; ++uid) {
      const auto known = static_cast<std::uint32_t>(uid);
      AppendFetchHead(session.out(), session.features(), view.SequenceNumberOf(known).value_or(0),
                      known);
      absl::StrAppend(&session.out(), "UID ", uid, ")\r\n");
      ++told;
      if (session.output().large() && !(co_await session.output().Flush())) {
        co_return;
      }
    }
  }
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
    (void)co_await ReadChanges(session);
  }
}

asio::awaitable<absl::Status> FetchColumns(Session& session, const FetchPlan& plan,
                                           const NumberRanges& uids, std::uint64_t& told) {
  if (plan.only_uids) {
    co_await TellUids(session, uids, told);
    co_return absl::OkStatus();
  }
  v1::FetchMetadataRequest request = MetadataRequest(plan);
  *request.mutable_mailbox() = session.selected().ref;
  *request.mutable_uids() = ToProto(uids);
  MetadataReader reader(session.store(), &MessageMethods::FetchMetadata, std::move(request));
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
