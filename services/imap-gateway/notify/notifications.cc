#include "imap-gateway/notify/notifications.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/fetch/fetch_bodies.h"
#include "imap-gateway/fetch/fetch_columns.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/response/strings.h"
#include "imap-gateway/session/session.h"
#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {

using Group = NotifyArguments::Group;
using Filter = Group::Filter;

// Mailboxes one session may watch; each costs a look when it begins.
constexpr std::size_t kMaxWatched = 500;
// Stands for an account's list of mailboxes in the feed.
constexpr std::uint32_t kMailboxList = 0;

bool Matches(const Group& group, const std::string& name, bool subscribed) {
  switch (group.filter) {
    case Filter::kPersonal:
      return true;
    case Filter::kInboxes:
      return name == "INBOX";  // where mail is delivered to
    case Filter::kSubscribed:
      return subscribed;
    case Filter::kMailboxes:
      return std::find(group.names.begin(), group.names.end(), name) != group.names.end();
    case Filter::kSubtree:
      return std::any_of(group.names.begin(), group.names.end(), [&name](const std::string& top) {
        return name == top || absl::StartsWith(name, absl::StrCat(top, "/"));
      });
  }
  return false;
}

// The mailbox selected, if it is the user's own, as all watched ones are; 0: none.
std::uint32_t SelectedOwn(Session& session) {
  if (!session.has_selected() ||
      session.selected().ref.account_id() != session.store().login().account_id()) {
    return 0;
  }
  return session.selected().ref.mailbox_id();
}

}  // namespace

Notifications::Notifications(Session& session, NotifyArguments arguments)
    : session_(session),
      selected_(std::move(arguments.selected).value_or(NotifyArguments::Selected())),
      groups_(std::move(arguments.groups)),
      status_(arguments.status) {
  for (Group& group : groups_) {
    std::vector<std::string> names;
    for (const std::string& wire : group.names) {
      // RFC 5465 3.1: a name that is no mailbox's is ignored.
      if (absl::StatusOr<std::string> name = CanonicalMailboxName(wire, session.features().names());
          name.ok()) {
        names.push_back(*std::move(name));
      }
    }
    group.names = std::move(names);
  }
}

Notifications::~Notifications() = default;

std::uint32_t Notifications::EventsOf(const std::string& name, bool subscribed) const {
  std::uint32_t events = 0;
  for (const Group& group : groups_) {
    if (Matches(group, name, subscribed)) {
      events |= group.events;
    }
  }
  return events;
}

bool Notifications::pending() const {
  return list_changed_ || std::any_of(mailboxes_.begin(), mailboxes_.end(),
                                      [](const auto& entry) { return entry.second.changed; });
}

void Notifications::LookAgain() {
  needs_look_ = false;
  list_changed_ = !groups_.empty();
  for (auto& [id, mailbox] : mailboxes_) {
    mailbox.changed = true;
  }
}

void Notifications::Overflow() {
  // RFC 5465 5.8: as if NOTIFY NONE had come.
  session_.out().append("* OK [NOTIFICATIONOVERFLOW] Too many mailboxes\r\n");
  selected_ = {};
  groups_.clear();
  mailboxes_.clear();
  list_watch_.reset();
  list_changed_ = false;
}

asio::awaitable<Completion> Notifications::Start() {
  if (groups_.empty()) {
    co_return Ok("Notify completed");
  }
  list_watch_ =
      session_.services().changes.Add(session_.store().login().account_id(), kMailboxList,
                                      session_.stream().executor(), [this](std::uint64_t) {
                                        list_changed_ = true;
                                        session_.stream().Wake();
                                      });
  const absl::Status status = co_await RefreshList(false);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (groups_.empty()) {
    co_return No("NOTIFICATIONOVERFLOW", "Too many mailboxes");
  }
  const std::uint32_t selected = SelectedOwn(session_);
  for (const auto& [id, mailbox] : mailboxes_) {
    if (status_ && id != selected) {
      AppendStatus(mailbox, mailbox.events);
    }
  }
  needs_look_ = true;
  co_return Ok("Notify completed");
}

asio::awaitable<absl::Status> Notifications::RefreshList(bool tell) {
  list_changed_ = false;
  v1::ListMailboxesRequest request;
  v1::ListMailboxesResponse response;
  const absl::Status status = co_await session_.store().Call<v1::Mailbox>(
      &MailboxMethods::ListMailboxes, request, response);
  if (!status.ok()) {
    needs_look_ = true;
    co_return status;
  }
  MailboxList now = ListOf(response.mailboxes());
  if (tell) {
    TellList(now);
  }
  list_ = std::move(now);
  const bool fits = co_await WatchMailboxes(tell);
  if (!fits) {
    Overflow();
  }
  co_return absl::OkStatus();
}

void Notifications::TellList(const MailboxList& now) {
  for (const ListChange& change : Changes(list_, now)) {
    const auto entry = now.find(change.name);
    const bool subscribed = entry != now.end() && entry->second.subscribed();
    const std::uint32_t events =
        EventsOf(change.name, subscribed || change.was_subscribed) |
        (change.old_name.empty() ? 0 : EventsOf(change.old_name, subscribed));
    if ((change.name_changed && (events & kNotifyNames) != 0) ||
        (change.subscription_changed && (events & kNotifySubscriptions) != 0)) {
      AppendListChange(session_.out(), session_.features().names(), change,
                       entry == now.end() ? nullptr : &entry->second);
    }
  }
}

asio::awaitable<bool> Notifications::WatchMailboxes(bool tell) {
  absl::flat_hash_map<std::uint32_t, Mailbox> before = std::move(mailboxes_);
  mailboxes_.clear();
  const std::uint64_t account = session_.store().login().account_id();
  std::vector<std::uint32_t> added;
  for (const auto& [name, entry] : list_) {
    const std::uint32_t events =
        EventsOf(name, entry.subscribed()) & (kNotifyMessages | kNotifyFlags);
    if (!entry.has_mailbox_id() || events == 0) {
      continue;
    }
    const std::uint32_t id = entry.mailbox_id();
    Mailbox& mailbox = mailboxes_[id];
    if (const auto known = before.find(id); known != before.end()) {
      mailbox = std::move(known->second);
    } else {
      mailbox.watch = session_.services().changes.Add(
          account, id, session_.stream().executor(), [this, id](std::uint64_t modseq) {
            const auto found = mailboxes_.find(id);
            if (found != mailboxes_.end() &&
                (modseq == 0 || modseq > found->second.told.highest_modseq())) {
              found->second.changed = true;
              session_.stream().Wake();
            }
          });
      added.push_back(id);
    }
    mailbox.name = name;
    mailbox.events = events;
  }
  if (mailboxes_.size() > kMaxWatched) {
    co_return false;
  }
  needs_look_ = needs_look_ || !added.empty();
  for (const std::uint32_t id : added) {
    Mailbox& mailbox = mailboxes_[id];
    v1::MailboxCounters counters;
    const absl::Status status = co_await ReadCounters(mailbox.name, counters);
    if (!status.ok()) {
      mailbox.changed = true;
      continue;
    }
    mailbox.told = std::move(counters);
    if (tell && mailbox.told.messages() > 0) {
      AppendStatus(mailbox, mailbox.events);
    }
  }
  co_return true;
}

asio::awaitable<absl::Status> Notifications::ReadCounters(const std::string& name,
                                                          v1::MailboxCounters& counters) {
  v1::GetStatusRequest request;
  request.set_name(name);
  v1::GetStatusResponse response;
  const absl::Status status =
      co_await session_.store().Call<v1::Mailbox>(&MailboxMethods::GetStatus, request, response);
  counters = std::move(*response.mutable_counters());
  co_return status;
}

// RFC 5465 3.1 and 5.1 to 5.3: what each event has to say.
void Notifications::AppendStatus(const Mailbox& mailbox, std::uint32_t events) {
  const v1::MailboxCounters& now = mailbox.told;
  std::string& out = session_.out();
  out.append("* STATUS ");
  AppendMailbox(out, mailbox.name, session_.features().names());
  absl::StrAppend(&out, " (UIDVALIDITY ", now.uidvalidity());
  if ((events & kNotifyMessages) != 0) {
    absl::StrAppend(&out, " UIDNEXT ", now.uidnext(), " MESSAGES ", now.messages());
  }
  if ((events & kNotifyFlags) != 0) {
    absl::StrAppend(&out, " UNSEEN ", now.unseen());
  }
  if ((events & kNotifyFlags) != 0 || session_.features().condstore) {
    absl::StrAppend(&out, " HIGHESTMODSEQ ", now.highest_modseq());
  }
  out.append(")\r\n");
}

asio::awaitable<void> Notifications::TellMailbox(std::uint32_t id) {
  Mailbox& mailbox = mailboxes_[id];
  mailbox.changed = false;
  v1::MailboxCounters now;
  const std::string name = mailbox.name;
  const absl::Status status = co_await ReadCounters(name, now);
  if (!status.ok()) {
    // It is gone, which the list tells, or the store is away, and then it is looked at later.
    needs_look_ = needs_look_ || !absl::IsNotFound(status);
    co_return;
  }
  const v1::MailboxCounters before = std::exchange(mailbox.told, std::move(now));
  const bool messages = before.uidvalidity() != mailbox.told.uidvalidity() ||
                        before.uidnext() != mailbox.told.uidnext() ||
                        before.messages() != mailbox.told.messages();
  const bool flags = before.highest_modseq() != mailbox.told.highest_modseq();
  if (messages) {
    AppendStatus(mailbox, mailbox.events);
  } else if (flags && (mailbox.events & kNotifyFlags) != 0) {
    AppendStatus(mailbox, kNotifyFlags);
  }
}

asio::awaitable<void> Notifications::Tell() {
  if (list_changed_) {
    (void)co_await RefreshList(true);
  }
  // RFC 5465 3.1: events of messages in the selected mailbox are those of SELECTED.
  const std::uint32_t selected = SelectedOwn(session_);
  std::vector<std::uint32_t> changed;
  for (auto& [id, mailbox] : mailboxes_) {
    if (mailbox.changed && id != selected) {
      changed.push_back(id);
    }
    // What is selected is looked at again with its next change.
    mailbox.changed = false;
  }
  for (const std::uint32_t id : changed) {
    co_await TellMailbox(id);
    const bool sent = co_await session_.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

asio::awaitable<void> Notifications::AbsorbOwnChanges() {
  if (groups_.empty()) {
    co_return;
  }
  // What others changed before is told, and what this session did with it.
  (void)co_await RefreshList(list_changed_);
}

asio::awaitable<void> TellArrived(Session& session, NumberRanges uids) {
  const Notifications* notifications = session.notifications();
  if (notifications == nullptr || notifications->selected().fetch.empty() || uids.empty()) {
    co_return;
  }
  const FetchPlan plan = PlanFetch(notifications->selected().fetch, false);
  BodiesOutcome outcome;
  if (plan.bodies.empty()) {
    // A failure shows at the next command.
    (void)co_await FetchColumns(session, plan, uids, outcome.told);
  } else {
    co_await FetchBodies(session, plan, uids, outcome);
  }
}

bool HasNews(Session& session) {
  const Notifications* notifications = session.notifications();
  if (notifications == nullptr) {
    return false;
  }
  return notifications->pending() ||
         (session.has_selected() && session.selected().stale && session.TellsMessages());
}

asio::awaitable<void> TellNews(Session& session) {
  Notifications* notifications = session.notifications();
  if (notifications == nullptr) {
    co_return;
  }
  if (session.has_selected() && session.selected().stale && session.TellsMessages()) {
    const absl::Status read = co_await ReadChanges(session);
    if (read.ok()) {
      co_await TellChanges(session,
                           notifications->selected().delayed ? Expunges::kHold : Expunges::kTell);
    }
  }
  co_await notifications->Tell();
}

}  // namespace posthorn::imap
