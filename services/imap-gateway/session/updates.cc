#include "imap-gateway/session/updates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "imap-gateway/notify/notifications.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/response/flags_text.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/session/change_reader.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxKeywords = 63;  // of a mailbox, by the contract
constexpr std::ptrdiff_t kRangesOfALine = 1000;

void Merge(NumberRanges& into, const NumberRanges& more) {
  if (!more.empty()) {
    into.insert(into.end(), more.begin(), more.end());
    into = Normalize(std::move(into));
  }
}

// The mailbox is deleted, or not for this session's eyes any more.
void Lose(SelectedMailbox& mailbox) {
  mailbox.gone = true;
  mailbox.vanished = mailbox.view.Uids();
  mailbox.watch.reset();
}

// Takes what came and what went into the view.
void TakeMessages(Session& session, const v1::SyncMailboxResponse& changes) {
  SelectedMailbox& mailbox = session.selected();
  LearnKeywords(session, changes.keywords());
  mailbox.view.Append(FromProto(changes.arrived()));
  const NumberRanges gone = mailbox.view.Known(FromProto(changes.vanished()));
  // What came and went before the client was told of it is not mentioned.
  mailbox.view.Remove(Intersect(gone, {{mailbox.told_uid + 1, UINT32_MAX}}));
  Merge(mailbox.vanished, mailbox.view.Known(gone));
  session.ShareView();
  if (!session.features().imap4rev2 && changes.recent_from_uid() != 0 &&
      changes.uidnext() > mailbox.uidnext) {
    Merge(mailbox.recent,
          {{std::max(changes.recent_from_uid(), mailbox.uidnext), changes.uidnext() - 1}});
  }
  mailbox.uidnext = std::max(mailbox.uidnext, changes.uidnext());
}

// Reads the next part of the changes and takes it, but for those of flags.
asio::awaitable<absl::Status> ReadPart(Session& session, ChangeReader& changes) {
  SelectedMailbox& mailbox = session.selected();
  const absl::Status status = co_await changes.Read();
  // RFC 4314 4: where the right to read was taken away, a session is not told of that but by what
  // it can see.
  if (absl::IsPermissionDenied(status) || absl::IsNotFound(status) || changes.part().deleted()) {
    Lose(mailbox);
    co_return absl::OkStatus();
  }
  if (status.ok() && changes.is_first()) {
    TakeMessages(session, changes.part());
  }
  co_return status;
}

// RFC 3501 7.3, 7.4.1: EXPUNGE or VANISHED, EXISTS, RECENT.
asio::awaitable<void> TellMessages(Session& session, Expunges expunges) {
  SelectedMailbox& mailbox = session.selected();
  if (expunges == Expunges::kTell && !mailbox.vanished.empty()) {
    const NumberRanges vanished = std::exchange(mailbox.vanished, {});
    co_await TellExpunged(session, vanished);
  }
  if (mailbox.view.last_uid() > mailbox.told_uid) {
    const NumberRanges arrived = mailbox.view.Known({{mailbox.told_uid + 1, UINT32_MAX}});
    AppendExists(session);
    co_await TellArrived(session, arrived);
  }
}

// The session made this very change, and the client knows of it.
bool IsOwnChange(const SelectedMailbox& mailbox, const v1::FlagColumns& changed, int i) {
  const auto own = mailbox.own_changes.find(changed.uids(i));
  return own != mailbox.own_changes.end() && own->second.modseq == changed.modseqs(i) &&
         own->second.flags == changed.flags(i) && own->second.keywords == changed.keywords(i);
}

// Tells what the feed told whole, if that is all there is.
asio::awaitable<void> TellForetold(Session& session) {
  SelectedMailbox& mailbox = session.selected();
  const std::uint64_t wanted = std::max(mailbox.announced, mailbox.newest_told);
  const auto state = mailbox.foretold.Take(mailbox.modseq, wanted);
  if (!state || mailbox.stale || !mailbox.KnowsKeywords(state->changed)) {
    co_return;
  }
  mailbox.modseq = state->modseq;
  if (session.TellsFlags()) {
    co_await TellFlags(session, state->changed);
  }
  absl::erase_if(mailbox.own_changes,
                 [&mailbox](const auto& own) { return own.second.modseq <= mailbox.modseq; });
}

// Reads and tells. Each part is on its way to the client before the next is read.
asio::awaitable<absl::Status> TellParts(Session& session, Expunges expunges) {
  SelectedMailbox& mailbox = session.selected();
  v1::SyncMailboxRequest request = ChangesSince(mailbox, mailbox.modseq);
  request.set_claim_recent(!mailbox.read_only && !session.features().imap4rev2);
  ChangeReader changes(session, std::move(request));
  mailbox.stale = false;  // what the feed says while calls are under way counts anew
  mailbox.announced = 0;
  mailbox.foretold.Clear();
  bool more = true;
  while (more && !session.output().broken()) {
    const absl::Status status = co_await ReadPart(session, changes);
    if (!status.ok()) {
      mailbox.stale = true;
      co_return status;
    }
    co_await TellMessages(session, expunges);
    if (mailbox.gone) {
      co_return absl::OkStatus();
    }
    if (session.TellsFlags()) {
      co_await TellFlags(session, changes.part().changed());
    }
    more = changes.more() && session.TellsFlags();
  }
  mailbox.modseq = std::max(mailbox.modseq, changes.reached());
  mailbox.own_changes.clear();
  co_return absl::OkStatus();
}

// `all`: that there is to be told, but for removals that are held back.
asio::awaitable<void> EndTelling(Session& session, bool all) {
  SelectedMailbox& mailbox = session.selected();
  co_await TellContextsChanged(session);
  if (all && mailbox.vanished.empty()) {
    mailbox.told_modseq = mailbox.modseq;
  } else if (session.features().qresync || (session.features().condstore && !all)) {
    // RFC 7162 6: what was told may have greater MODSEQs than what is still to be told.
    absl::StrAppend(&session.out(), "* OK [HIGHESTMODSEQ ", mailbox.told_modseq,
                    "] Not all is told yet\r\n");
  }
}

// RFC 4314 5.1.1: those that this user may change.
void AppendPermanentFlags(std::string& out, const SelectedMailbox& mailbox) {
  std::uint32_t system = mailbox.May('w') ? ~(kSeen | kDeleted) : 0;
  system |= mailbox.May('s') ? kSeen : 0;
  system |= mailbox.May('t') ? kDeleted : 0;
  const std::vector<std::string> none;
  const std::vector<std::string>& keywords = mailbox.May('w') ? mailbox.keywords : none;
  const bool more = mailbox.May('w') && mailbox.keywords.size() < kMaxKeywords;
  AppendSystemFlags(out, system, keywords, more ? "\\*" : "");
}

}  // namespace

void AppendExists(Session& session) {
  SelectedMailbox& mailbox = session.selected();
  mailbox.told_uid = mailbox.view.last_uid();
  absl::StrAppend(&session.out(), "* ", mailbox.view.size(), " EXISTS\r\n");
  if (!session.features().imap4rev2) {
    absl::StrAppend(&session.out(), "* ", CountOf(mailbox.view.Known(mailbox.recent)),
                    " RECENT\r\n");
  }
}

void AppendMailboxFlags(Session& session) {
  const SelectedMailbox& mailbox = session.selected();
  std::string& out = session.out();
  out.append("* FLAGS ");
  AppendAllFlags(out, mailbox.keywords, "");
  out.append("\r\n* OK [PERMANENTFLAGS ");
  if (mailbox.read_only) {
    out.append("()] Mailbox is read-only\r\n");
    return;
  }
  AppendPermanentFlags(out, mailbox);
  out.append("] Flags that can be changed\r\n");
}

void LearnKeywords(Session& session, const google::protobuf::RepeatedPtrField<std::string>& names) {
  SelectedMailbox& mailbox = session.selected();
  if (static_cast<std::size_t>(names.size()) <= mailbox.keywords.size()) {
    return;
  }
  mailbox.keywords.assign(names.begin(), names.end());
  AppendMailboxFlags(session);
}

asio::awaitable<void> ReadKeywords(Session& session) {
  // Nothing changes after this MODSEQ, and nothing arrives behind this UID.
  v1::SyncMailboxRequest request = ChangesSince(session.selected(), UINT64_MAX);
  request.set_known_uidnext(UINT32_MAX);
  ChangeReader changes(session, std::move(request));
  const absl::Status status = co_await changes.Read();
  if (status.ok()) {
    LearnKeywords(session, changes.part().keywords());
  }
}

asio::awaitable<void> TellUidRanges(Session& session, absl::string_view name,
                                    const NumberRanges& uids) {
  for (auto from = uids.begin(); from != uids.end();) {
    const auto count = std::min<std::ptrdiff_t>(kRangesOfALine, uids.end() - from);
    absl::StrAppend(&session.out(), "* ", name, " ", FormatRanges(NumberRanges(from, from + count)),
                    "\r\n");
    from += count;
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids) {
  View& view = session.selected().view;
  const NumberRanges known = view.Known(uids);
  TellContextsExpunged(session, known);
  const std::vector<std::uint32_t> numbers = view.Remove(known);
  session.ShareView();
  if (session.features().TellsVanished()) {
    co_await TellUidRanges(session, "VANISHED", known);
    co_return;
  }
  for (const std::uint32_t number : numbers) {
    absl::StrAppend(&session.out(), "* ", number, " EXPUNGE\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<void> TellFlags(Session& session, const v1::FlagColumns& changed) {
  const SelectedMailbox& mailbox = session.selected();
  for (int i = 0; i < changed.uids_size(); ++i) {
    const std::uint32_t uid = changed.uids(i);
    const auto number = mailbox.view.SequenceNumberOf(uid);
    if (!number || IsOwnChange(mailbox, changed, i)) {
      continue;
    }
    const FlagsLine line{
        .number = *number,
        .uid = uid,
        .flags = changed.flags(i),
        .keywords = changed.keywords(i),
        .modseq = changed.modseqs(i),
        .recent = Contains(mailbox.recent, uid),
        // RFC 5465 5.1; RFC 9051 7.5.2.
        .with_uid = session.notifications() != nullptr || session.features().imap4rev2};
    AppendFlagsLine(session.out(), session.features(), line, mailbox.keywords);
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<absl::Status> TellChanges(Session& session, Expunges expunges, Look look) {
  SelectedMailbox& mailbox = session.selected();
  absl::Status status;
  if (!mailbox.gone && look == Look::kIfBehind) {
    co_await TellForetold(session);
  }
  if (!mailbox.gone && (look == Look::kAlways || mailbox.IsBehind())) {
    status = co_await TellParts(session, expunges);
  } else {
    co_await TellMessages(session, expunges);
  }
  co_await EndTelling(session, status.ok());
  co_return status;
}

asio::awaitable<void> TellHighestModSeq(Session& session, Completion& completion) {
  if (!session.features().qresync) {
    co_return;
  }
  if (session.TellsMessages()) {
    const absl::Status told = co_await TellChanges(session, Expunges::kTell, Look::kAlways);
    if (!told.ok()) {
      co_return;
    }
  }
  // What NOTIFY does not ask for stays untold, and is not covered.
  completion.code = absl::StrCat("HIGHESTMODSEQ ", session.selected().told_modseq);
}

}  // namespace posthorn::imap
