#include "imap-gateway/session/updates.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "imap-gateway/response/flags_text.h"
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
void TakeChanged(SelectedMailbox& mailbox, const v1::FlagColumns& changed) {
  const std::uint32_t known = mailbox.view.last_uid();
  std::vector<std::uint32_t> arrived;
  for (int i = 0; i < changed.uids_size(); ++i) {
    const std::uint32_t uid = changed.uids(i);
    if (uid > known) {
      arrived.push_back(uid);
      continue;
    }
    const auto own = mailbox.own_changes.find(uid);
    const SelectedMailbox::OwnChange now{changed.modseqs(i), changed.flags(i), changed.keywords(i)};
    if (own != mailbox.own_changes.end() && own->second == now) {
      continue;
    }
    mailbox.flag_changes.push_back({uid, changed.flags(i), changed.keywords(i)});
  }
  std::sort(arrived.begin(), arrived.end());
  if (mailbox.view.Append(RunsOf(arrived)) > 0) {
    mailbox.exists_changed = true;
  }
}

void Take(Session& session, const v1::SyncMailboxResponse& response) {
  SelectedMailbox& mailbox = session.selected();
  if (response.deleted()) {
    mailbox.gone = true;
    mailbox.flag_changes.clear();
    mailbox.vanished = mailbox.view.Uids();
    mailbox.watch.reset();
    return;
  }
  LearnKeywords(session, response.keywords());
  const std::uint32_t first_new = mailbox.uidnext;
  TakeChanged(mailbox, response.changed());
  Merge(mailbox.vanished, mailbox.view.Known(FromProto(response.vanished())));
  if (response.recent_from_uid() != 0 && response.uidnext() > first_new) {
    Merge(mailbox.recent,
          {{std::max(response.recent_from_uid(), first_new), response.uidnext() - 1}});
  }
  mailbox.modseq = std::max(mailbox.modseq, response.highest_modseq());
  mailbox.uidnext = std::max(mailbox.uidnext, response.uidnext());
  mailbox.own_changes.clear();
}

}  // namespace

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
  AppendAllFlags(out, mailbox.keywords, mailbox.keywords.size() < kMaxKeywords ? "\\*" : "");
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
  request.set_claim_recent(!mailbox.read_only);
  v1::SyncMailboxResponse response;
  mailbox.stale = false;  // what the feed says while the call is under way counts anew
  const absl::Status status =
      co_await session.store().Call<v1::Message>(&MessageMethods::SyncMailbox, request, response);
  if (!status.ok()) {
    mailbox.stale = true;
    co_return status;
  }
  Take(session, response);
  co_return absl::OkStatus();
}

asio::awaitable<void> TellExpunged(Session& session, const NumberRanges& uids) {
  const std::vector<std::uint32_t> numbers = session.selected().view.Remove(uids);
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
  if (expunges == Expunges::kTell && !mailbox.vanished.empty()) {
    const NumberRanges vanished = std::move(mailbox.vanished);
    mailbox.vanished.clear();
    co_await TellExpunged(session, vanished);
  }
  if (mailbox.exists_changed) {
    mailbox.exists_changed = false;
    absl::StrAppend(&out, "* ", mailbox.view.size(), " EXISTS\r\n* ",
                    CountOf(mailbox.view.Known(mailbox.recent)), " RECENT\r\n");
  }
  const std::vector<SelectedMailbox::FlagChange> changes = std::move(mailbox.flag_changes);
  mailbox.flag_changes.clear();
  for (const SelectedMailbox::FlagChange& change : changes) {
    const auto number = mailbox.view.SequenceNumberOf(change.uid);
    if (!number) {
      continue;
    }
    absl::StrAppend(&out, "* ", *number, " FETCH (FLAGS ");
    AppendFlags(out, change.flags, change.keywords, mailbox.keywords,
                Contains(mailbox.recent, change.uid));
    out.append(")\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

}  // namespace posthorn::imap
