#include "imap-gateway/session/updates.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "imap-gateway/notify/notifications.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/response/flags_text.h"
#include "imap-gateway/search/search_context.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

constexpr std::size_t kMaxKeywords = 63;  // of a mailbox, by the contract

void Merge(NumberRanges& into, const NumberRanges& more) {
  if (!more.empty()) {
    into.insert(into.end(), more.begin(), more.end());
    into = Normalize(std::move(into));
  }
}

// Sorts the changed messages into new ones and changes of flags that are news to the client.
void TakeChanged(Session& session, const v1::FlagColumns& changed) {
  SelectedMailbox& mailbox = session.selected();
  const std::uint32_t known = mailbox.view.last_uid();
  std::vector<std::uint32_t> arrived;
  for (int i = 0; i < changed.uids_size(); ++i) {
    const std::uint32_t uid = changed.uids(i);
    if (uid > known) {
      arrived.push_back(uid);
      continue;
    }
    if (!session.TellsFlags()) {
      continue;
    }
    const auto own = mailbox.own_changes.find(uid);
    if (own != mailbox.own_changes.end() && own->second.modseq == changed.modseqs(i) &&
        own->second.flags == changed.flags(i) && own->second.keywords == changed.keywords(i)) {
      continue;
    }
    mailbox.flag_news.Add(uid, {changed.flags(i), changed.keywords(i), changed.modseqs(i)});
  }
  std::sort(arrived.begin(), arrived.end());
  if (session.notifications() != nullptr) {
    Merge(mailbox.arrived, RunsOf(arrived));
  }
  mailbox.view.Append(RunsOf(arrived));
}

// What came and went before the client was told of it is not mentioned.
void DropUntold(SelectedMailbox& mailbox, const NumberRanges& gone) {
  if (mailbox.view.last_uid() > mailbox.told_uid) {
    mailbox.view.Remove(Intersect(gone, {{mailbox.told_uid + 1, UINT32_MAX}}));
  }
}

// The mailbox is deleted, or not for this session's eyes any more.
void Lose(SelectedMailbox& mailbox) {
  mailbox.gone = true;
  mailbox.flag_news.Clear();
  mailbox.vanished = mailbox.view.Uids();
  mailbox.watch.reset();
}

void Take(Session& session, const v1::SyncMailboxResponse& response) {
  SelectedMailbox& mailbox = session.selected();
  if (response.deleted()) {
    Lose(mailbox);
    return;
  }
  LearnKeywords(session, response.keywords());
  if (!session.TellsMessages()) {
    // RFC 5465 3.1: the session's view stays as it is until it asks for more.
    return;
  }
  const std::uint32_t first_new = mailbox.uidnext;
  TakeChanged(session, response.changed());
  Merge(mailbox.vanished, mailbox.view.Known(FromProto(response.vanished())));
  if (!session.features().imap4rev2 && response.recent_from_uid() != 0 &&
      response.uidnext() > first_new) {
    Merge(mailbox.recent,
          {{std::max(response.recent_from_uid(), first_new), response.uidnext() - 1}});
  }
  mailbox.modseq = std::max(mailbox.modseq, response.highest_modseq());
  mailbox.uidnext = std::max(mailbox.uidnext, response.uidnext());
  mailbox.own_changes.clear();
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

asio::awaitable<absl::Status> ReadChanges(Session& session) {
  SelectedMailbox& mailbox = session.selected();
  if (mailbox.gone) {
    co_return absl::OkStatus();
  }
  v1::SyncMailboxRequest request;
  *request.mutable_mailbox() = mailbox.ref;
  request.set_since_modseq(mailbox.modseq);
  request.set_known_uidnext(mailbox.uidnext);
  request.set_known_keywords(static_cast<std::uint32_t>(mailbox.keywords.size()));
  request.set_claim_recent(!mailbox.read_only && !session.features().imap4rev2);
  v1::SyncMailboxResponse response;
  mailbox.stale = false;  // what the feed says while the call is under way counts anew
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::SyncMailbox, request, response);
  if (absl::IsPermissionDenied(status) || absl::IsNotFound(status)) {
    // RFC 4314 4: the right to read was taken away. A session is not told of that but by what it
    // can see.
    Lose(mailbox);
    co_return absl::OkStatus();
  }
  if (!status.ok()) {
    mailbox.stale = true;
    co_return status;
  }
  Take(session, response);
  co_return absl::OkStatus();
}

asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids) {
  View& view = session.selected().view;
  DropUntold(session.selected(), uids);
  TellContextsExpunged(session, view.Known(uids));
  if (session.features().TellsVanished()) {
    const NumberRanges known = view.Known(uids);
    view.Remove(known);
    if (!known.empty()) {
      absl::StrAppend(&session.out(), "* VANISHED ", FormatRanges(known), "\r\n");
    }
    co_return;
  }
  const std::vector<std::uint32_t> numbers = view.Remove(uids);
  for (const std::uint32_t number : numbers) {
    absl::StrAppend(&session.out(), "* ", number, " EXPUNGE\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<void> TellChanges(Session& session, Expunges expunges) {
  SelectedMailbox& mailbox = session.selected();
  std::string& out = session.out();
  if (!mailbox.vanished.empty()) {
    DropUntold(mailbox, mailbox.vanished);
    mailbox.vanished = mailbox.view.Known(mailbox.vanished);
  }
  if (expunges == Expunges::kTell && !mailbox.vanished.empty()) {
    const NumberRanges vanished = std::move(mailbox.vanished);
    mailbox.vanished.clear();
    co_await TellExpunged(session, vanished);
  }
  if (mailbox.view.last_uid() > mailbox.told_uid) {
    AppendExists(session);
  }
  if (!mailbox.arrived.empty()) {
    const NumberRanges arrived = mailbox.view.Known(std::exchange(mailbox.arrived, {}));
    co_await TellArrived(session, arrived);
  }
  const FlagNews::ByUid news = mailbox.flag_news.Take();
  for (const auto& [uid, state] : news) {
    const auto number = mailbox.view.SequenceNumberOf(uid);
    if (!number) {
      continue;
    }
    const FlagsLine line{
        .number = *number,
        .uid = uid,
        .flags = state.flags,
        .keywords = state.keywords,
        .modseq = state.modseq,
        .recent = Contains(mailbox.recent, uid),
        // RFC 5465 5.1; RFC 9051 7.5.2.
        .with_uid = session.notifications() != nullptr || session.features().imap4rev2};
    AppendFlagsLine(out, session.features(), line, mailbox.keywords);
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
  co_await TellContextsChanged(session);
  if (mailbox.vanished.empty()) {
    mailbox.told_modseq = mailbox.modseq;
  } else if (session.features().qresync) {
    // RFC 7162 6: what was told has greater MODSEQs than the removals that are held back.
    absl::StrAppend(&out, "* OK [HIGHESTMODSEQ ", mailbox.told_modseq, "] VANISHED is delayed\r\n");
  }
}

asio::awaitable<void> TellHighestModSeq(Session& session, Completion& completion) {
  if (!session.features().qresync) {
    co_return;
  }
  if (session.TellsMessages()) {
    const absl::Status read = co_await ReadChanges(session);
    if (!read.ok()) {
      co_return;
    }
    co_await TellChanges(session, Expunges::kTell);
  }
  // What NOTIFY does not ask for stays untold, and is not covered.
  completion.code = absl::StrCat("HIGHESTMODSEQ ", session.selected().told_modseq);
}

}  // namespace posthorn::imap
