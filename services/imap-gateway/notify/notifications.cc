#include "imap-gateway/notify/notifications.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/fetch/fetch_bodies.h"
#include "imap-gateway/fetch/fetch_columns.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/mailbox/listing.h"
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
// Stands for an account's list of mailboxes in the feed, and for what is shared with everyone.
constexpr std::uint32_t kMailboxList = 0;
constexpr std::uint64_t kEveryone = 0;
// Those that take the right to read the mailbox.
constexpr std::uint32_t kNotifyContents = kNotifyMessages | kNotifyFlags | kNotifyMetadata;

bool Matches(const Group& group, const std::string& name, bool subscribed) {
  switch (group.filter) {
    case Filter::kPersonal:
      return !IsOfOtherUsers(name);  // RFC 5465 6.2: the personal name spaces
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

// The mailbox selected; 0, 0: none.
MailboxKey Selected(Session& session) {
  if (!session.has_selected()) {
    return {0, 0};
  }
  const v1::MailboxRef& ref = session.selected().ref;
  return {ref.account_id(), ref.mailbox_id()};
}

// RFC 5465 3.1: events of messages are for those who may read them.
bool MayRead(const v1::MailboxEntry& entry) {
  return entry.has_mailbox_id() && absl::StrContains(entry.rights(), 'r');
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
  return list_changed_ || (metadata_ && metadata_->pending()) ||
         std::any_of(mailboxes_.begin(), mailboxes_.end(),
                     [](const auto& entry) { return entry.second.changed; });
}

void Notifications::LookAgain() {
  needs_look_ = false;
  list_changed_ = !groups_.empty();
  for (auto& [id, mailbox] : mailboxes_) {
    mailbox.changed = true;
  }
  if (metadata_) {
    metadata_->LookAgain();
  }
}

void Notifications::GiveUp() {
  selected_ = {};
  groups_.clear();
  mailboxes_.clear();
  list_watches_.clear();
  no_access_.clear();
  metadata_.reset();
  list_changed_ = false;
  needs_look_ = false;
}

asio::awaitable<Completion> Notifications::Start() {
  if (groups_.empty()) {
    co_return Ok("Notify completed");
  }
  WatchLists();
  const absl::StatusOr<bool> fits = co_await RefreshList(false);
  if (!fits.ok()) {
    co_return FromStatus(fits.status());
  }
  if (!*fits) {
    GiveUp();
    co_return No("NOTIFICATIONOVERFLOW", "Too many mailboxes");
  }
  const MailboxKey selected = Selected(session_);
  for (const auto& [key, mailbox] : mailboxes_) {
    if (status_ && key != selected) {
      AppendStatus(mailbox, mailbox.events);
    }
  }
  const bool metadata = std::any_of(groups_.begin(), groups_.end(), [](const Group& group) {
    return (group.events & (kNotifyMetadata | kNotifyServerMetadata)) != 0;
  });
  if (metadata) {
    metadata_ = std::make_unique<MetadataNews>(session_);
    const absl::Status begun = co_await metadata_->Tell([](const std::string&) { return false; });
    if (!begun.ok()) {
      co_return FromStatus(begun);
    }
  }
  needs_look_ = true;
  co_return Ok("Notify completed");
}

// The account's own, those of whose mailboxes the list has some, and what is shared with everyone.
void Notifications::WatchLists() {
  std::map<std::uint64_t, std::unique_ptr<Watch>> before = std::move(list_watches_);
  list_watches_.clear();
  std::set<std::uint64_t> accounts = {session_.store().login().account_id(), kEveryone};
  for (const auto& [name, entry] : list_) {
    if (entry.has_mailbox_id() && accounts.size() < kMaxWatched) {
      accounts.insert(entry.account_id());
    }
  }
  for (const std::uint64_t account : accounts) {
    if (const auto known = before.find(account); known != before.end()) {
      list_watches_[account] = std::move(known->second);
      continue;
    }
    list_watches_[account] = session_.services().changes.Add(
        account, kMailboxList, session_.stream().executor(), [this](const ChangePtr&) {
          list_changed_ = true;
          session_.stream().Wake();
        });
  }
}

asio::awaitable<absl::StatusOr<bool>> Notifications::RefreshList(bool tell) {
  list_changed_ = false;
  v1::ListMailboxesRequest request;
  request.set_others(true);
  request.set_rights(true);
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
  TellAccess();
  WatchLists();
  co_return co_await WatchMailboxes(tell);
}

asio::awaitable<void> Notifications::FollowList(bool tell) {
  const absl::StatusOr<bool> fits = co_await RefreshList(tell);
  if (fits.ok() && !*fits) {
    // RFC 5465 5.8: as if NOTIFY NONE had come.
    session_.out().append("* OK [NOTIFICATIONOVERFLOW] Too many mailboxes\r\n");
    GiveUp();
  }
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

// RFC 5465 3.1 and 5.9.
void Notifications::TellAccess() {
  std::set<std::string> now;
  for (const auto& [name, entry] : list_) {
    const bool asked = (EventsOf(name, entry.subscribed()) & kNotifyContents) != 0;
    if (asked && entry.has_mailbox_id() && !MayRead(entry)) {
      now.insert(name);
    }
  }
  for (const auto& [name, entry] : list_) {
    const bool missing = now.contains(name);
    if (missing != no_access_.contains(name)) {
      AppendListChange(session_.out(), session_.features().names(),
                       {.name = name, .no_access = missing}, &entry);
    }
  }
  no_access_ = std::move(now);
}

asio::awaitable<bool> Notifications::WatchMailboxes(bool tell) {
  absl::flat_hash_map<MailboxKey, Mailbox> before = std::move(mailboxes_);
  mailboxes_.clear();
  std::vector<MailboxKey> added;
  for (const auto& [name, entry] : list_) {
    const std::uint32_t events =
        EventsOf(name, entry.subscribed()) & (kNotifyMessages | kNotifyFlags);
    if (!MayRead(entry) || events == 0) {
      continue;
    }
    const MailboxKey key = KeyOf(entry);
    Mailbox& mailbox = mailboxes_[key];
    if (const auto known = before.find(key); known != before.end()) {
      mailbox = std::move(known->second);
    } else {
      mailbox.watch = session_.services().changes.Add(
          key.first, key.second, session_.stream().executor(),
          [this, key](const ChangePtr& change) {
            const auto found = mailboxes_.find(key);
            if (found != mailboxes_.end() &&
                (change->modseq() == 0 || change->modseq() > found->second.told.highest_modseq())) {
              found->second.changed = true;
              session_.stream().Wake();
            }
          });
      added.push_back(key);
    }
    mailbox.name = name;
    mailbox.events = events;
  }
  if (mailboxes_.size() > kMaxWatched) {
    co_return false;
  }
  needs_look_ = needs_look_ || !added.empty();
  for (const MailboxKey& key : added) {
    Mailbox& mailbox = mailboxes_[key];
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

asio::awaitable<void> Notifications::TellMailbox(MailboxKey key) {
  Mailbox& mailbox = mailboxes_[key];
  mailbox.changed = false;
  v1::MailboxCounters now;
  const std::string name = mailbox.name;
  const absl::Status status = co_await ReadCounters(name, now);
  if (!status.ok()) {
    // It is gone, which the list tells, or may not be read any more; or the store is away, and then
    // it is looked at later.
    needs_look_ = needs_look_ || (!absl::IsNotFound(status) && !absl::IsPermissionDenied(status));
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

bool Notifications::WantsMetadata(const std::string& mailbox) const {
  if (mailbox.empty()) {
    return std::any_of(groups_.begin(), groups_.end(), [](const Group& group) {
      return (group.events & kNotifyServerMetadata) != 0;
    });
  }
  const auto entry = list_.find(mailbox);
  return entry != list_.end() && MayRead(entry->second) &&
         (EventsOf(mailbox, entry->second.subscribed()) & kNotifyMetadata) != 0;
}

asio::awaitable<void> Notifications::Tell() {
  if (list_changed_) {
    co_await FollowList(true);
  }
  if (metadata_ && metadata_->pending()) {
    // A failure leaves it pending.
    (void)co_await metadata_->Tell(
        [this](const std::string& mailbox) { return WantsMetadata(mailbox); });
  }
  // RFC 5465 3.1: events of messages in the selected mailbox are those of SELECTED.
  const MailboxKey selected = Selected(session_);
  std::vector<MailboxKey> changed;
  for (auto& [key, mailbox] : mailboxes_) {
    if (mailbox.changed && key != selected) {
      changed.push_back(key);
    }
    // What is selected is looked at again with its next change.
    mailbox.changed = false;
  }
  for (const MailboxKey& key : changed) {
    co_await TellMailbox(key);
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
  co_await FollowList(list_changed_);
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
         (session.has_selected() && session.selected().IsBehind() && session.TellsMessages());
}

asio::awaitable<void> TellNews(Session& session) {
  Notifications* notifications = session.notifications();
  if (notifications == nullptr) {
    co_return;
  }
  if (session.has_selected() && session.selected().IsBehind() && session.TellsMessages()) {
    const bool hold = notifications->selected().delayed;
    // What cannot be read now is told later.
    (void)co_await TellChanges(session, hold ? Expunges::kHold : Expunges::kTell, Look::kIfBehind);
  }
  co_await notifications->Tell();
}

}  // namespace posthorn::imap
