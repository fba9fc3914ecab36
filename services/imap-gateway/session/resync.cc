#include "imap-gateway/session/resync.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

// The number at this place, from 0.
std::uint32_t NumberAt(const NumberRanges& ranges, std::uint64_t place) {
  for (const NumberRange& range : ranges) {
    const std::uint64_t size = std::uint64_t{range.last} - range.first + 1;
    if (place < size) {
      return static_cast<std::uint32_t>(range.first + place);
    }
    place -= size;
  }
  return 0;
}

void AppendVanishedEarlier(std::string& out, const NumberRanges& uids) {
  if (!uids.empty()) {
    absl::StrAppend(&out, "* VANISHED (EARLIER) ", FormatRanges(uids), "\r\n");
  }
}

// The view of a mailbox just opened becomes that of the later state.
void Advance(const Features& features, SelectedMailbox& mailbox,
             const v1::SyncMailboxResponse& response) {
  mailbox.view.Remove(mailbox.view.Known(FromProto(response.vanished())));
  std::vector<std::uint32_t> arrived;
  for (const std::uint32_t uid : response.changed().uids()) {
    if (uid >= mailbox.uidnext) {
      arrived.push_back(uid);
    }
  }
  std::sort(arrived.begin(), arrived.end());
  mailbox.view.Append(RunsOf(arrived));
  // A session that claims none is told where they begin all the same (RFC 9051 Appendix E 12).
  if (!features.imap4rev2 && response.recent_from_uid() != 0 &&
      response.uidnext() > mailbox.uidnext) {
    mailbox.recent.push_back(
        {std::max(response.recent_from_uid(), mailbox.uidnext), response.uidnext() - 1});
    mailbox.recent = Normalize(std::move(mailbox.recent));
  }
  if (response.keywords_size() > 0) {
    mailbox.keywords.assign(response.keywords().begin(), response.keywords().end());
  }
  mailbox.uidnext = std::max(mailbox.uidnext, response.uidnext());
  mailbox.modseq = std::max(mailbox.modseq, response.highest_modseq());
  mailbox.told_modseq = mailbox.modseq;
}

asio::awaitable<absl::Status> Read(Session& session, v1::SyncMailboxRequest& request,
                                   v1::SyncMailboxResponse& response) {
  const SelectedMailbox& mailbox = session.selected();
  *request.mutable_mailbox() = mailbox.ref;
  request.set_known_uidnext(mailbox.uidnext);
  request.set_known_keywords(static_cast<std::uint32_t>(mailbox.keywords.size()));
  co_return co_await session.store().Call<v1::Message>(&MessageMethods::SyncMailbox, request,
                                                       response);
}

}  // namespace

std::uint32_t LastMatch(const View& view, const NumberRanges& numbers, const NumberRanges& uids) {
  // Where a pair matches so do all before it.
  std::uint64_t matching = 0;
  std::uint64_t other = CountOf(numbers) + 1;
  while (other - matching > 1) {
    const std::uint64_t middle = matching + (other - matching) / 2;
    const std::uint32_t number = NumberAt(numbers, middle - 1);
    const bool match = number <= view.size() && view.UidAt(number) == NumberAt(uids, middle - 1);
    (match ? matching : other) = middle;
  }
  return matching == 0 ? 0 : NumberAt(uids, matching - 1);
}

asio::awaitable<absl::StatusOr<Resynced>> Resync(Session& session, ResyncArguments arguments) {
  SelectedMailbox& mailbox = session.selected();
  v1::SyncMailboxRequest request;
  request.set_since_modseq(arguments.modseq);
  request.set_claim_recent(!mailbox.read_only && !session.features().imap4rev2);
  v1::SyncMailboxResponse response;
  const absl::Status status = co_await Read(session, request, response);
  if (!status.ok()) {
    co_return status;
  }
  if (response.deleted()) {
    co_return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                             "the mailbox is gone");
  }
  Advance(session.features(), mailbox, response);
  const NumberRanges known = arguments.known_uids.value_or(
      mailbox.uidnext > 1 ? NumberRanges{{1, mailbox.uidnext - 1}} : NumberRanges{});
  Resynced resynced;
  // A client may name UIDs that were never given out: they are no removals.
  resynced.vanished =
      Subtract(Intersect(FromProto(response.vanished()), known), mailbox.view.Uids());
  if (response.log_pruned()) {
    const std::uint32_t matched =
        LastMatch(mailbox.view, arguments.match_numbers, arguments.match_uids);
    if (matched != 0) {
      resynced.vanished = Subtract(resynced.vanished, {{1, matched}});
    }
  }
  v1::FlagColumns& changed = *response.mutable_changed();
  for (int i = 0; i < changed.uids_size(); ++i) {
    if (Contains(known, changed.uids(i))) {
      resynced.changed.add_uids(changed.uids(i));
      resynced.changed.add_flags(changed.flags(i));
      resynced.changed.add_keywords(changed.keywords(i));
      resynced.changed.add_modseqs(changed.modseqs(i));
    }
  }
  co_return resynced;
}

asio::awaitable<void> TellResynced(Session& session, Resynced resynced) {
  const SelectedMailbox& mailbox = session.selected();
  AppendVanishedEarlier(session.out(), resynced.vanished);
  const v1::FlagColumns& changed = resynced.changed;
  for (int i = 0; i < changed.uids_size(); ++i) {
    const auto number = mailbox.view.SequenceNumberOf(changed.uids(i));
    if (!number) {
      continue;
    }
    const FlagsLine line{.number = *number,
                         .uid = changed.uids(i),
                         .flags = changed.flags(i),
                         .keywords = changed.keywords(i),
                         .modseq = changed.modseqs(i),
                         .recent = Contains(mailbox.recent, changed.uids(i)),
                         .with_uid = true};
    AppendFlagsLine(session.out(), session.features(), line, mailbox.keywords);
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<absl::Status> TellVanishedSince(Session& session, SequenceSet set,
                                                std::uint64_t since) {
  SelectedMailbox& mailbox = session.selected();
  v1::SyncMailboxRequest request;
  request.set_since_modseq(since);
  request.set_removals_only(true);
  v1::SyncMailboxResponse response;
  const absl::Status status = co_await Read(session, request, response);
  if (!status.ok() || response.deleted()) {
    mailbox.stale = true;
    co_return status;
  }
  // "*" stands for the last UID given out, which may be a removed one.
  const NumberRanges vanished =
      Intersect(FromProto(response.vanished()), set.Resolve(mailbox.uidnext - 1));
  const NumberRanges untold = mailbox.view.Known(vanished);
  mailbox.stale = mailbox.stale || !untold.empty();
  AppendVanishedEarlier(session.out(), Subtract(vanished, untold));
  co_return absl::OkStatus();
}

}  // namespace posthorn::imap
