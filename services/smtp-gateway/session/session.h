// One client's connection from the greeting to its end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/net/input_buffer.h"
#include "common/net/stream.h"
#include "posthorn/v1/auth.pb.h"
#include "smtp-gateway/reply/reply.h"
#include "smtp-gateway/session/data_rate.h"
#include "smtp-gateway/session/server.h"
#include "smtp-gateway/session/transaction.h"

namespace posthorn::filter {
class MilterChain;
}

namespace posthorn::smtp {

// Who the client says it is (RFC 5321 4.1.1.1).
struct Hello {
  std::string name;       // empty: it has not said yet
  bool extended = false;  // EHLO
};

// Runs on the executor of its stream, as one coroutine. Commands are handlers (commands/table.h)
// that use the session; replies are gathered and written when the client's input is used up
// (RFC 2920 3.2).
//
// A drain ends the session with 421 as soon as no transaction is in hand (RFC 5321 3.8), and with
// one in hand when the grace period is nearly over.
class Session {
 public:
  Session(const Server& server, const Port& port, net::Stream& stream);
  ~Session();

  // Returns when the session has ended; the stream is closed by its owner.
  asio::awaitable<void> Run();

  // ---- for commands

  const Server& server() const { return server_; }
  const Port& port() const { return port_; }
  const std::string& id() const { return id_; }
  net::Stream& stream() { return stream_; }
  const net::Stream& stream() const { return stream_; }
  Hello& hello() { return hello_; }
  const Hello& hello() const { return hello_; }
  Transaction& transaction() { return transaction_; }
  const Transaction& transaction() const { return transaction_; }
  void BeginTransaction(Transaction transaction);
  // How many there have been.
  uint32_t transactions() const { return transactions_; }
  // The user, after AUTH.
  std::optional<v1::Grant>& login() { return login_; }
  const std::optional<v1::Grant>& login() const { return login_; }

  void Send(const Reply& reply) { Send(reply.code, reply.status, reply.text); }
  void Send(uint16_t code, std::string_view status, std::string_view text);
  void SendContinued(uint16_t code, std::string_view text);
  // A reply that ends the session, whatever the client has sent already.
  void SendAndClose(const Reply& reply);
  // The same after a polite end, with nothing of the client's under way.
  void Close() { closing_ = true; }

  // The 220 line (RFC 5321 4.3.1).
  void SendGreeting();
  // Whether this client may speak for others (XCLIENT).
  bool xclient_allowed() const { return xclient_allowed_; }

  // Why lists in the DNS refuse the client, empty if none does; absent while nobody has asked.
  std::optional<std::string>& listing() { return listing_; }

  // Milters that are told of this session (milter_steps.h); null if there are none.
  std::unique_ptr<filter::MilterChain>& milters() { return milters_; }

  // Writes the gathered replies. False when the client is gone.
  asio::awaitable<bool> Flush();

  // The next line, without its line end. Gathered replies are written before waiting. False when
  // the session has ended, the reply to that being given.
  asio::awaitable<bool> ReadLine(size_t limit, std::string* line);

  // Octets that were read and belong to what follows. Views die with the next read.
  std::string_view input() const;
  void Consume(size_t octets) { input_.Consume(octets); }
  // Waits for more of the message; gathered replies are written first. False when the session has
  // ended: the client is gone or too slow.
  asio::awaitable<bool> FillData(DataRate& rate);
  // Counts octets that are thrown away. False when they are too many; the session ends then.
  bool Discard(uint64_t octets);

  // A RCPT was refused because nobody is there. The session ends after too many of them.
  void CountUnknownRecipient();
  void CountFailedLogin();
  // A transaction came to its end with this reply code.
  void CountMessage(int code);
  void CountAbuse(const char* kind);

  bool closing() const { return closing_; }
  // The client is gone: nothing more is read or written.
  void Abort();

 private:
  asio::awaitable<void> Greet();
  asio::awaitable<bool> TalksEarly();
  asio::awaitable<void> FillLine(net::SteadyClock::time_point deadline);
  asio::awaitable<void> Dispatch();
  // Answers for a command whose needs (commands/table.h) are not met.
  bool NeedsAreMet(uint32_t needs, std::string_view arguments);
  void CheckCounters();
  asio::awaitable<void> TakeLeave();

  const Server& server_;
  const Port& port_;
  net::Stream& stream_;
  net::InputBuffer input_;
  ReplyWriter replies_;
  std::string id_;
  Hello hello_;
  std::optional<v1::Grant> login_;
  Transaction transaction_;
  uint32_t transactions_ = 0;
  std::string line_;  // the command that runs

  int first_code_ = 0;              // of the replies to the command that runs
  bool recipient_unknown_ = false;  // that command was a RCPT to nobody
  int errors_ = 0;
  int unknown_recipients_ = 0;
  int commands_without_mail_ = 0;
  int failed_logins_ = 0;
  uint64_t discarded_ = 0;
  bool xclient_allowed_;
  std::optional<std::string> listing_;
  std::unique_ptr<filter::MilterChain> milters_;
  bool closing_ = false;
  bool aborted_ = false;
  bool linger_ = false;  // the client may have sent more than was read
};

}  // namespace posthorn::smtp
