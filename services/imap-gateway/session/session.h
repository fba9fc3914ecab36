#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/gateway/gateway.h"
#include "common/net/input_buffer.h"
#include "common/net/stream.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/fetch/envelope_cache.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/response/language.h"
#include "imap-gateway/session/account_connections.h"
#include "imap-gateway/session/command_reader.h"
#include "imap-gateway/session/features.h"
#include "imap-gateway/session/output.h"
#include "imap-gateway/session/selected_mailbox.h"
#include "imap-gateway/session/settings.h"
#include "imap-gateway/store/mailstore.h"
#include "imap-gateway/view/view_pool.h"

namespace posthorn::imap {

// The states of RFC 3501 3, as bits for the command table.
enum State : std::uint8_t {
  kNotAuthenticated = 1,
  kAuthenticated = 2,
  kSelected = 4,
  kLogout = 8,
};
inline constexpr std::uint8_t kAnyState = kNotAuthenticated | kAuthenticated | kSelected;
inline constexpr std::uint8_t kLoggedIn = kAuthenticated | kSelected;

class MetadataNews;
class Notifications;

// What all sessions of the process share; outlives them.
struct Services {
  gateway::Gateway& gateway;
  ChangeHub& changes;
  AccountConnections& accounts;
  ViewPool& views;
  EnvelopeCache& envelopes;
  Settings settings;
};

// One client's connection, from the greeting to its end. Runs as one coroutine on the stream's
// executor: commands one after another in the order they came, each answered before the next is
// read; but while a search takes long, those that need no order with it are done beside it (RFC
// 9051 5.5). Commands use the accessors; nothing else does.
class Session {
 public:
  Session(const Services& services, net::Stream& stream);
  ~Session();

  asio::awaitable<void> Run();

  // Parts of the session.
  const Services& services() const { return services_; }
  net::Stream& stream() { return stream_; }
  net::InputBuffer& input() { return input_; }
  CommandReader& reader() { return reader_; }
  Output& output() { return output_; }
  std::string& out() { return output_.buffer(); }
  const std::string& id() const { return id_; }
  // Of the command that is being done; empty between two.
  const std::string& tag() const { return tag_; }
  void set_tag(std::string tag) { tag_ = std::move(tag); }
  // The command that is being done is a search, which others may run beside.
  void set_searching(bool searching) { searching_ = searching; }
  // The command that is being done runs beside a search.
  bool is_beside() const { return beside_; }

  State state() const;
  // Only after login.
  Mailstore& store() { return *store_; }
  // Only in the selected state.
  SelectedMailbox& selected() { return *selected_; }
  bool has_selected() const { return selected_ != nullptr; }
  // Its view has changed: it is held once with the sessions that have the same.
  void ShareView();

  // Changes of state.
  // `place` is held until the session ends or logs out.
  void LoggedIn(gateway::Login login, std::unique_ptr<AccountConnections::Place> place);
  void Select(std::unique_ptr<SelectedMailbox> mailbox);
  void Unselect() { selected_.reset(); }
  void Logout() { logout_ = true; }
  // What becomes of the connection's layers once the tagged response is sent.
  enum class Layer { kSame, kTls, kCompressed, kPlain };
  void ChangeLayerAfterResponse(Layer layer) { next_layer_ = layer; }
  // RFC 8437 3: nothing is left of the login, nor of what it switched on.
  void Unauthenticate();
  // Told by the feed of changes: remember, and end a wait of IDLE.
  void OnChange(const ChangePtr& change);
  void set_idling(bool idling) { idling_ = idling; }
  int& failed_logins() { return failed_logins_; }
  // Whether the client has not said before who it is (RFC 2971); asking counts as that.
  bool FirstId() { return !std::exchange(told_id_, true); }
  Features& features() { return features_; }
  // Null before the first NOTIFY.
  Notifications* notifications() { return notifications_.get(); }
  void SetNotifications(std::unique_ptr<Notifications> notifications);
  // What others change of annotations; null if the client is not told of it.
  MetadataNews* metadata_news();
  // After ENABLE METADATA it is; NOTIFY decides anew.
  void WatchMetadata();
  // Whether what others do in the selected mailbox is told: all of it, unless NOTIFY chose.
  bool TellsMessages() const;
  bool TellsFlags() const;

  const Features& features() const { return features_; }
  // What a command may cost in this state.
  CommandLimits Limits() const;
  Language& language() { return language_; }

  // When a client that has not logged in is done with; no end after it has.
  std::optional<net::SteadyClock::time_point> LoginDeadline() const;
  // A wait of at most this, which ends at that deadline.
  void ExpiresAfter(std::chrono::milliseconds timeout);

  // Whether the administrator hides a capability from this account; never before login.
  bool Hides(absl::string_view capability) const;

  bool PasswordAllowed() const { return gateway::Gateway::PasswordAllowed(stream_); }

  // "* BYE text", sent; the session ends.
  asio::awaitable<void> Bye(absl::string_view code, absl::string_view text);

 private:
  enum class Next { kCommand, kEnd };

  asio::awaitable<Next> WaitForCommand();
  // Sends what NOTIFY asked for, if there is anything.
  asio::awaitable<void> SendNews();
  asio::awaitable<void> Execute(const std::string& text);
  asio::awaitable<void> ChangeLayer();
  // False: the client is gone.
  asio::awaitable<bool> TellProgress();
  // As Progress::beside says.
  asio::awaitable<bool> WorkBeside(net::SteadyClock::time_point until);

  Services services_;
  net::Stream& stream_;
  net::InputBuffer input_;
  Output output_;
  CommandReader reader_;
  std::string id_;
  std::string tag_;
  bool searching_ = false;
  bool beside_ = false;
  std::optional<std::string> postponed_;  // a command that came during a search and awaits its end
  Features features_;
  Language language_ = Language::kDefault;
  std::unique_ptr<AccountConnections::Place> place_;
  std::optional<Mailstore> store_;
  std::unique_ptr<SelectedMailbox> selected_;
  std::unique_ptr<Notifications> notifications_;
  std::unique_ptr<MetadataNews> metadata_news_;  // before the first NOTIFY
  net::SteadyClock::time_point login_deadline_;
  bool logout_ = false;
  Layer next_layer_ = Layer::kSame;
  bool idling_ = false;
  int failed_logins_ = 0;
  bool told_id_ = false;
  int bad_commands_ = 0;
};

}  // namespace posthorn::imap
