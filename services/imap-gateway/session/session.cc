#include "imap-gateway/session/session.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "imap-gateway/commands/capability.h"
#include "imap-gateway/commands/dispatch.h"
#include "imap-gateway/notify/metadata_news.h"
#include "imap-gateway/notify/notifications.h"
#include "imap-gateway/session/refusals.h"

namespace posthorn::imap {
namespace {

// Longest silence after login (RFC 3501 5.4: at least 30 minutes).
constexpr std::chrono::minutes kAutologout{31};
// How often a silent session looks after its ticket.
constexpr std::chrono::seconds kTicketCheck{90};
// How long new watches may take to reach the store.
constexpr std::chrono::seconds kFirstLook{1};
constexpr int kMaxBadBeforeLogin = 5;
constexpr int kMaxBad = 50;

}  // namespace

Session::Session(const Services& services, net::Stream& stream)
    : services_(services),
      stream_(stream),
      input_(stream),
      output_(stream),
      reader_(stream, input_, output_),
      id_(gateway::NewSessionId()),
      login_deadline_(net::SteadyClock::now() + services.settings.login_deadline) {}

Session::~Session() = default;

State Session::state() const {
  if (logout_) {
    return kLogout;
  }
  if (!store_) {
    return kNotAuthenticated;
  }
  return selected_ ? kSelected : kAuthenticated;
}

void Session::LoggedIn(gateway::Login login, std::unique_ptr<AccountConnections::Place> place) {
  place_ = std::move(place);
  Progress progress;
  progress.tell = [this] { return TellProgress(); };
  progress.tell_every = services_.settings.progress;
  progress.left = [this] { return logout_ || stream_.PeerHasLeft(); };
  progress.beside = [this](net::SteadyClock::time_point until) { return WorkBeside(until); };
  progress.wake = [this] { stream_.Wake(); };
  store_.emplace(services_.gateway.mailstore(), std::move(login), std::move(progress));
}

// RFC 9585: neither how much there is to do nor how much is done is known. Only between responses.
asio::awaitable<bool> Session::TellProgress() {
  // The ticket is to outlive the call, however long it takes.
  (void)co_await store_->login().Caller();
  const bool between = out().empty() || absl::EndsWith(out(), "\r\n");
  if (tag_.empty() || !between || Hides("INPROGRESS")) {
    co_return !output_.broken();
  }
  absl::StrAppend(&out(), "* OK [INPROGRESS (");
  AppendString(out(), tag_);
  absl::StrAppend(&out(), " NIL NIL)] Still working\r\n");
  co_return co_await output_.Flush();
}

asio::awaitable<bool> Session::WorkBeside(net::SteadyClock::time_point until) {
  const bool between = out().empty() || absl::EndsWith(out(), "\r\n");
  if (!between || !searching_ || beside_ || postponed_ || logout_) {
    co_return false;
  }
  const bool flushed = co_await output_.Flush();
  if (!flushed) {
    co_return false;
  }
  stream_.ExpiresAt(until);
  const net::Wait wait = co_await input_.WaitForInput();
  if (wait != net::Wait::kReadable) {
    co_return wait != net::Wait::kDraining;
  }
  std::string text;
  const CommandReader::Outcome outcome = co_await reader_.Read(Limits(), text);
  if (outcome == CommandReader::Outcome::kClosed) {
    logout_ = true;
    co_return false;
  }
  if (outcome == CommandReader::Outcome::kRefused) {
    co_return true;
  }
  if (outcome == CommandReader::Outcome::kMessage || !NeedsNoOrder(text)) {
    postponed_ = std::move(text);
    co_return false;
  }
  beside_ = true;
  const std::string tag = tag_;
  co_await Execute(text);
  tag_ = tag;
  searching_ = true;
  beside_ = false;
  co_return co_await output_.Flush();
}

bool Session::Hides(absl::string_view capability) const {
  if (!store_) {
    return false;
  }
  const auto& hidden = store_->login().hidden_capabilities();
  return std::any_of(hidden.begin(), hidden.end(), [capability](const std::string& name) {
    return absl::EqualsIgnoreCase(name, capability);
  });
}

void Session::Select(std::unique_ptr<SelectedMailbox> mailbox) {
  selected_ = std::move(mailbox);
  if (features_.imap4rev2) {
    selected_->recent.clear();
  }
  const v1::MailboxRef& ref = selected_->ref;
  ShareView();
  // The watch ends with the mailbox, which ends with this session at the latest.
  selected_->watch = services_.changes.Add(ref.account_id(), ref.mailbox_id(), stream_.executor(),
                                           [this](const ChangePtr& change) { OnChange(change); });
}

void Session::ShareView() {
  const v1::MailboxRef& ref = selected_->ref;
  services_.views.Share({ref.account_id(), ref.mailbox_id()}, selected_->view);
}

void Session::Unauthenticate() {
  notifications_.reset();
  metadata_news_.reset();
  selected_.reset();
  store_.reset();
  place_.reset();
  features_ = Features();
  language_ = Language::kDefault;
  failed_logins_ = 0;
  login_deadline_ = net::SteadyClock::now() + services_.settings.login_deadline;
}

std::optional<net::SteadyClock::time_point> Session::LoginDeadline() const {
  return store_ ? std::nullopt : std::optional(login_deadline_);
}

void Session::ExpiresAfter(std::chrono::milliseconds timeout) {
  const auto end = net::SteadyClock::now() + timeout;
  const auto deadline = LoginDeadline();
  stream_.ExpiresAt(deadline ? std::min(*deadline, end) : end);
}

void Session::OnChange(const ChangePtr& change) {
  if (!selected_ || (change->modseq() != 0 && change->modseq() <= selected_->modseq)) {
    return;
  }
  // Without a number something may have been missed.
  selected_->stale = selected_->stale || change->modseq() == 0;
  selected_->announced = std::max(selected_->announced, change->modseq());
  selected_->foretold.Add(change, selected_->modseq);
  if (idling_ || notifications_) {
    stream_.Wake();
  }
}

void Session::SetNotifications(std::unique_ptr<Notifications> notifications) {
  notifications_ = std::move(notifications);
  metadata_news_.reset();
}

MetadataNews* Session::metadata_news() {
  return notifications_ ? notifications_->metadata() : metadata_news_.get();
}

void Session::WatchMetadata() {
  if (!notifications_ && !metadata_news_) {
    metadata_news_ = std::make_unique<MetadataNews>(*this);
  }
}

bool Session::TellsMessages() const {
  return !notifications_ || (notifications_->selected().events & kNotifyMessages) != 0;
}

bool Session::TellsFlags() const {
  return !notifications_ || (notifications_->selected().events & kNotifyFlags) != 0;
}

asio::awaitable<void> Session::SendNews() {
  if (HasNews(*this)) {
    co_await TellNews(*this);
  }
  co_await output_.Flush();
  output_.Release();
}

CommandLimits Session::Limits() const {
  CommandLimits limits;
  limits.literal_minus = services_.settings.literal_minus;
  limits.until = LoginDeadline();
  if (state() != kNotAuthenticated) {
    limits.line = 64 * 1024;
    limits.literal_octets = 1024 * 1024;
    limits.drained_octets = 16 * 1024 * 1024;
    limits.messages = true;
    limits.timeout = services_.settings.command_deadline;
  }
  return limits;
}

asio::awaitable<void> Session::Bye(absl::string_view code, absl::string_view text) {
  absl::StrAppend(&out(), "* BYE ", code.empty() ? "" : absl::StrCat("[", code, "] "), text,
                  "\r\n");
  logout_ = true;
  co_await output_.Flush();
}

asio::awaitable<Session::Next> Session::WaitForCommand() {
  if (LoginDeadline() && net::SteadyClock::now() >= login_deadline_) {
    co_await Bye("", "No login in time");
    co_return Next::kEnd;
  }
  if (!input_.empty()) {
    // Pipelined commands: their answers may travel together.
    co_await output_.FlushIfLarge();
    co_return Next::kCommand;
  }
  co_await SendNews();
  const bool logged_in = state() != kNotAuthenticated;
  const auto until = logged_in ? net::SteadyClock::now() + kAutologout : login_deadline_;
  while (!output_.broken()) {
    const bool look = notifications_ && notifications_->needs_look();
    const auto pause = look ? kFirstLook : kTicketCheck;
    stream_.ExpiresAt(std::min(until, net::SteadyClock::now() + pause));
    const net::Wait wait = co_await input_.WaitForInput();
    if (wait == net::Wait::kReadable) {
      co_return Next::kCommand;
    }
    if (wait == net::Wait::kDraining) {
      co_await Bye("UNAVAILABLE", "Server shutting down");
      co_return Next::kEnd;
    }
    if (wait == net::Wait::kTimeout && net::SteadyClock::now() >= until) {
      co_await Bye("", "Autologout, idle for too long");
      co_return Next::kEnd;
    }
    if (logged_in) {
      // A failure shows at the next command.
      (void)co_await store_->login().Caller();
    }
    if (look && wait == net::Wait::kTimeout) {
      notifications_->LookAgain();
    }
    co_await SendNews();
  }
  co_return Next::kEnd;
}

asio::awaitable<void> Session::ChangeLayer() {
  const Layer layer = std::exchange(next_layer_, Layer::kSame);
  co_await output_.Flush();
  if (!input_.empty()) {
    // Sent before the new layer, meant for its inside: for TLS, somebody in between injected it.
    // RFC 4978 3: a client waits for the answer to COMPRESS.
    logout_ = true;
    co_return;
  }
  if (layer == Layer::kCompressed) {
    stream_.StartDeflate();
    co_return;
  }
  if (layer == Layer::kPlain) {
    stream_.StopDeflate();
    co_return;
  }
  ExpiresAfter(std::chrono::seconds(20));
  const absl::Status status = co_await stream_.StartTls(services_.gateway.tls().Current());
  if (!status.ok()) {
    logout_ = true;
  }
}

asio::awaitable<void> Session::Run() {
  log::Debug("session begins", {{"session", id_}, {"peer", stream_.peer().address().to_string()}});
  absl::StrAppend(&out(), "* OK [CAPABILITY ", CapabilityList(*this), "] ",
                  services_.gateway.hostname(), " ready\r\n");
  std::string text;
  while (!logout_ && !output_.broken()) {
    CommandReader::Outcome outcome = CommandReader::Outcome::kCommand;
    if (postponed_) {
      text = *std::exchange(postponed_, std::nullopt);
    } else {
      const Next next = co_await WaitForCommand();
      if (next == Next::kEnd) {
        break;
      }
      outcome = co_await reader_.Read(Limits(), text);
    }
    if (outcome == CommandReader::Outcome::kClosed) {
      break;
    }
    if (outcome != CommandReader::Outcome::kRefused) {
      co_await Execute(text);
    }
    // A waiting session keeps no buffer (docs/decisions.md).
    if (input_.empty()) {
      std::string().swap(text);
    }
    if (next_layer_ != Layer::kSame) {
      co_await ChangeLayer();
    }
  }
  co_await output_.Flush();
  stream_.Close();
  log::Debug("session ends", {{"session", id_}});
}

asio::awaitable<void> Session::Execute(const std::string& text) {
  const Completion::Kind kind = co_await Dispatch(*this, text);
  // A command that was refused before its handler saw it: its octets are no commands.
  const std::optional<Scanner::LiteralHead> unread = reader_.TakeUnread();
  if (unread && !logout_) {
    const bool usable = co_await reader_.Discard(Limits(), unread);
    logout_ = !usable;
  }
  bad_commands_ = kind == Completion::Kind::kBad ? bad_commands_ + 1 : 0;
  const int limit = state() == kNotAuthenticated ? kMaxBadBeforeLogin : kMaxBad;
  if (bad_commands_ >= limit && !logout_) {
    CountRefusal(Refusal::kBadCommands);
    co_await Bye("CLIENTBUG", "Too many bad commands");
  }
}

}  // namespace posthorn::imap
