#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/gateway/gateway.h"
#include "common/net/input_buffer.h"
#include "common/net/stream.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/command_reader.h"
#include "imap-gateway/session/output.h"
#include "imap-gateway/session/selected_mailbox.h"
#include "imap-gateway/store/mailstore.h"

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

// What all sessions of the process share; outlives them.
struct Services {
  gateway::Gateway& gateway;
  ChangeHub& changes;
};

// One client's connection, from the greeting to its end. Runs as one coroutine on the stream's
// executor: commands one after another in the order they came, each answered before the next is
// read. Commands use the accessors; nothing else does.
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

  State state() const;
  // Only after login.
  Mailstore& store() { return *store_; }
  // Only in the selected state.
  SelectedMailbox& selected() { return *selected_; }
  bool has_selected() const { return selected_ != nullptr; }

  // Changes of state.
  void LoggedIn(gateway::Login login);
  void Select(std::unique_ptr<SelectedMailbox> mailbox);
  void Unselect() { selected_.reset(); }
  void Logout() { logout_ = true; }
  // After the tagged response: TLS from there on.
  void BeginTlsAfterResponse() { begin_tls_ = true; }
  // Told by the feed of changes: remember, and end a wait of IDLE.
  void OnChange(std::uint64_t modseq);
  void set_idling(bool idling) { idling_ = idling; }
  int& failed_logins() { return failed_logins_; }

  bool PasswordAllowed() const { return gateway::Gateway::PasswordAllowed(stream_); }

  // "* BYE text", sent; the session ends.
  asio::awaitable<void> Bye(absl::string_view code, absl::string_view text);

 private:
  enum class Next { kCommand, kEnd };

  asio::awaitable<Next> WaitForCommand();
  asio::awaitable<void> Execute(const std::string& text);
  asio::awaitable<void> BeginTls();
  CommandLimits Limits() const;

  Services services_;
  net::Stream& stream_;
  net::InputBuffer input_;
  Output output_;
  CommandReader reader_;
  std::string id_;
  std::optional<Mailstore> store_;
  std::unique_ptr<SelectedMailbox> selected_;
  bool logout_ = false;
  bool begin_tls_ = false;
  bool idling_ = false;
  int failed_logins_ = 0;
  int bad_commands_ = 0;
};

}  // namespace posthorn::imap
