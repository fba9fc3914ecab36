// One client's POP3 session, from the greeting to the end of the connection. Runs on its stream's
// executor; commands are answered one after the other, in order, pipelined or not.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/input_buffer.h"
#include "common/net/stream.h"
#include "pop3-gateway/commands/command.h"
#include "pop3-gateway/maildrop/maildrop.h"
#include "pop3-gateway/protocol/response.h"
#include "pop3-gateway/session/context.h"
#include "pop3-gateway/session/lease_keeper.h"
#include "pop3-gateway/session/message_source.h"
#include "pop3-gateway/session/output.h"
#include "pop3-gateway/session/store.h"

namespace posthorn::pop3 {

class Session {
 public:
  // Both outlive the session.
  Session(net::Stream& stream, const Context& context);

  // Ends when the connection is to be closed. The maildrop's lock is given back by then.
  boost::asio::awaitable<void> Run();

  // What follows is for the commands.

  // Append one response.
  void Ok(absl::string_view text);
  void Fail(ResponseCode code, absl::string_view text);
  void Fail(const absl::Status& error);
  // Ends the session after what is in output(); the reason is for the log.
  void Close(absl::string_view reason);
  // Ends the session in the middle of a response that cannot be completed.
  void Abort(const absl::Status& error);
  bool closing() const { return closing_; }

  // Sends what was gathered; closes the session if the client is gone.
  boost::asio::awaitable<void> Flush();
  // For long responses: it is time to.
  bool ShouldFlush() const { return output_.ShouldFlush(); }

  // Sends what was gathered and reads a line of a SASL exchange, without its line end. The session
  // closes on an error.
  boost::asio::awaitable<absl::StatusOr<std::string>> ReadSaslLine();

  // RFC 2595 4: STLS and what it takes back.
  boost::asio::awaitable<void> StartTls();
  bool tls_offered() const;
  // A password may be sent: over TLS, or in development from the same machine.
  bool login_allowed() const;

  // One step of a SASL exchange with the store: every client response so far.
  boost::asio::awaitable<absl::StatusOr<std::variant<std::string, v1::Grant>>> SaslStep(
      std::string mechanism, std::vector<std::string> responses);
  // Login succeeded: takes the maildrop's lock and its snapshot, answers the command.
  boost::asio::awaitable<void> EnterTransaction(v1::Grant grant);
  // Login failed: delays and answers, closes the connection after too many.
  boost::asio::awaitable<void> LoginFailed(absl::Status error);
  // Removes the messages marked as deleted and gives the lock back.
  boost::asio::awaitable<absl::Status> Update();

  // RFC 1939 7: the name that USER gave, for the PASS after it.
  std::string& user() { return user_; }

  State state() const { return state_; }
  std::string& out() { return output_.buffer(); }
  // In the TRANSACTION state only.
  Maildrop& maildrop() { return *maildrop_; }
  MessageSource& source() { return *source_; }
  bool tls() const { return stream_.is_tls(); }
  void CountRetrieved(uint64_t octets);

 private:
  boost::asio::awaitable<void> Serve();
  // Waits for a command with all responses sent; false when the session is to end.
  boost::asio::awaitable<bool> AwaitCommand();
  // Sends what was gathered and waits until a line is buffered, or `limit` octets without one;
  // false when the session is to end.
  boost::asio::awaitable<bool> AwaitLine(size_t limit);
  void EndOfWait(net::Wait wait);
  boost::asio::awaitable<void> HandleLine();
  boost::asio::awaitable<void> HandleLongLine();
  boost::asio::awaitable<void> Dispatch(absl::string_view line);
  void BadCommand(absl::string_view text);
  void SetReadDeadline();
  void TakeLeave(absl::string_view text, absl::string_view reason);
  // Releases the lock without deletions, if it is held still.
  boost::asio::awaitable<void> GiveBackMaildrop();
  void LogEnd() const;

  net::Stream& stream_;
  const Context& context_;
  const std::string id_;
  const std::chrono::steady_clock::time_point login_deadline_;
  net::InputBuffer input_;
  Output output_;
  Store store_;

  State state_ = kAuthorization;
  std::string user_;
  std::unique_ptr<Maildrop> maildrop_;
  std::unique_ptr<MessageSource> source_;
  std::unique_ptr<LeaseKeeper> lease_;

  bool closing_ = false;
  std::string close_reason_;
  bool failed_ = false;  // the command in hand was answered with -ERR
  int bad_commands_ = 0;
  int failed_logins_ = 0;
  uint64_t retrieved_messages_ = 0;
  uint64_t retrieved_octets_ = 0;
};

}  // namespace posthorn::pop3
