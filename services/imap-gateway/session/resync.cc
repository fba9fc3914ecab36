#include "imap-gateway/session/resync.h"

#include <utility>

#include "common/rpc/status.h"
#include "imap-gateway/session/updates.h"
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

constexpr absl::string_view kVanishedEarlier = "VANISHED (EARLIER)";

// The mailbox's changes since a MODSEQ that the client names, up to the state that was opened.
v1::SyncMailboxRequest Missed(const SelectedMailbox& mailbox, std::uint64_t since) {
  v1::SyncMailboxRequest request = ChangesSince(mailbox, since);
  request.set_until_modseq(mailbox.modseq);
  return request;
}

NumberRanges KnownUids(const SelectedMailbox& mailbox, const ResyncArguments& arguments) {
  if (arguments.known_uids) {
    return *arguments.known_uids;
  }
  return mailbox.uidnext > 1 ? NumberRanges{{1, mailbox.uidnext - 1}} : NumberRanges{};
}

// Those of `changed` that are in `uids`.
v1::FlagColumns Among(const v1::FlagColumns& changed, const NumberRanges& uids) {
  v1::FlagColumns among;
  for (int i = 0; i < changed.uids_size(); ++i) {
    if (Contains(uids, changed.uids(i))) {
      among.add_uids(changed.uids(i));
      among.add_flags(changed.flags(i));
      among.add_keywords(changed.keywords(i));
      among.add_modseqs(changed.modseqs(i));
    }
  }
  return among;
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

Resync::Resync(Session& session, ResyncArguments arguments)
    : session_(session),
      arguments_(std::move(arguments)),
      known_(KnownUids(session.selected(), arguments_)),
      changes_(session, Missed(session.selected(), arguments_.modseq)) {}

asio::awaitable<absl::Status> Resync::Read() {
  const absl::Status status = co_await changes_.Read();
  if (status.ok() && changes_.part().deleted()) {
    co_return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_MAILBOX_NOT_FOUND,
                             "the mailbox is gone");
  }
  co_return status;
}

NumberRanges Resync::Vanished() const {
  const View& view = session_.selected().view;
  // A client may name UIDs that were never given out: they are no removals. What has gone since the
  // mailbox was opened is in the view still, and is not told here.
  NumberRanges vanished =
      Subtract(Intersect(FromProto(changes_.part().vanished()), known_), view.Uids());
  if (changes_.part().log_pruned()) {
    const std::uint32_t matched = LastMatch(view, arguments_.match_numbers, arguments_.match_uids);
    if (matched != 0) {
      vanished = Subtract(vanished, {{1, matched}});
    }
  }
  return vanished;
}

asio::awaitable<void> Resync::TellChanged() {
  const v1::FlagColumns& changed = changes_.part().changed();
  if (!arguments_.known_uids) {
    co_await TellFlags(session_, changed);
    co_return;
  }
  const v1::FlagColumns among = Among(changed, known_);
  co_await TellFlags(session_, among);
}

asio::awaitable<absl::Status> Resync::Tell() {
  session_.selected().Reveal(changes_.part().highest_modseq());
  const NumberRanges vanished = Vanished();
  co_await TellUidRanges(session_, kVanishedEarlier, vanished);
  co_await TellChanged();
  while (changes_.more() && !session_.output().broken()) {
    const absl::Status status = co_await Read();
    if (!status.ok()) {
      co_return status;
    }
    co_await TellChanged();
  }
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> TellVanishedSince(Session& session, SequenceSet set,
                                                std::uint64_t since) {
  SelectedMailbox& mailbox = session.selected();
  v1::SyncMailboxRequest request = ChangesSince(mailbox, since);
  request.set_removals_only(true);
  ChangeReader changes(session, std::move(request));
  const absl::Status status = co_await changes.Read();
  if (!status.ok() || changes.part().deleted()) {
    mailbox.stale = true;
    co_return status;
  }
  // "*" stands for the last UID given out, which may be a removed one.
  const NumberRanges vanished =
      Intersect(FromProto(changes.part().vanished()), set.Resolve(mailbox.uidnext - 1));
  const NumberRanges untold = mailbox.view.Known(vanished);
  mailbox.stale = mailbox.stale || !untold.empty();
  const NumberRanges earlier = Subtract(vanished, untold);
  co_await TellUidRanges(session, kVanishedEarlier, earlier);
  co_return absl::OkStatus();
}

}  // namespace posthorn::imap
