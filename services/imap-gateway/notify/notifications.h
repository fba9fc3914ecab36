#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/notify/mailbox_list.h"
#include "imap-gateway/notify/metadata_news.h"
#include "imap-gateway/parser/notify_arguments.h"
#include "imap-gateway/response/completion.h"

namespace posthorn::imap {

class Session;

// RFC 5465: the events that a session has asked to be told of, whenever they happen. Made by
// NOTIFY, lives until the next one. Watches the lists of mailboxes of the account and of those that
// share some with it, and every mailbox of which some event of messages is asked for, but tells
// nothing of messages in the selected one: that is the business of TellChanges. Belongs to the
// session's executor.
class Notifications {
 public:
  // `session` outlives it.
  Notifications(Session& session, NotifyArguments arguments);
  ~Notifications();

  // What is told of the selected mailbox.
  const NotifyArguments::Selected& selected() const { return selected_; }

  // Begins to watch, and tells STATUS if that was asked for.
  asio::awaitable<Completion> Start();

  // Null if no change of annotations is asked for.
  MetadataNews* metadata() { return metadata_.get(); }

  // There may be something to tell.
  bool pending() const;
  // Tells it.
  asio::awaitable<void> Tell();
  // The session itself changed the list: RFC 5465 5, that is not told.
  asio::awaitable<void> AbsorbOwnChanges();

  // The watches that Start made may have reached the store after a change: until LookAgain is
  // called, a second later or so, something may have been missed.
  bool needs_look() const { return needs_look_; }
  void LookAgain();

 private:
  struct Mailbox {
    std::string name;
    std::uint32_t events = 0;
    v1::MailboxCounters told;  // its state when it was told of last
    bool changed = false;
    std::unique_ptr<Watch> watch;
  };

  std::uint32_t EventsOf(const std::string& name, bool subscribed) const;
  // The list anew, and watches on what is in it now. False: there is too much to watch.
  asio::awaitable<absl::StatusOr<bool>> RefreshList(bool tell);
  // The same once NOTIFY has been answered: too much is the client's to know.
  asio::awaitable<void> FollowList(bool tell);
  void WatchLists();
  void TellList(const MailboxList& now);
  // Of which mailboxes events are asked for that the user's rights do not allow, as far as that
  // changed.
  void TellAccess();
  // False: there are too many.
  asio::awaitable<bool> WatchMailboxes(bool tell);
  asio::awaitable<void> TellMailbox(MailboxKey key);
  bool WantsMetadata(const std::string& mailbox) const;
  asio::awaitable<absl::Status> ReadCounters(const std::string& name,
                                             v1::MailboxCounters& counters);
  void AppendStatus(const Mailbox& mailbox, std::uint32_t events);
  // Nothing is watched any more.
  void GiveUp();

  Session& session_;
  NotifyArguments::Selected selected_;
  std::vector<NotifyArguments::Group> groups_;  // names canonical
  bool status_ = false;
  MailboxList list_;
  bool list_changed_ = false;
  bool needs_look_ = false;
  std::map<std::uint64_t, std::unique_ptr<Watch>> list_watches_;  // by account
  absl::flat_hash_map<MailboxKey, Mailbox> mailboxes_;
  std::set<std::string> no_access_;  // names told as such
  std::unique_ptr<MetadataNews> metadata_;
};

// What the session may be told while no command is in progress, and is told while IDLE: changes of
// the selected mailbox if they are asked for, and of others. Nothing before the first NOTIFY.
asio::awaitable<void> TellNews(Session& session);
// There may be some.
bool HasNews(Session& session);

// FETCH of messages that came into the selected mailbox, with what MessageNew asks for. Behind
// their EXISTS (RFC 5465 5.2).
asio::awaitable<void> TellArrived(Session& session, NumberRanges uids);

}  // namespace posthorn::imap
