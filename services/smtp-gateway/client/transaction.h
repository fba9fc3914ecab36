// One message over a connection that has said hello (RFC 5321 3.3; RFC 2920, RFC 3030, RFC 2033).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "smtp-gateway/client/connection.h"

namespace posthorn::client {

// The octets of a message.
class Body {
 public:
  virtual ~Body() = default;
  // The next piece, which lives until the next call; empty at the end.
  virtual asio::awaitable<absl::StatusOr<absl::string_view>> Next() = 0;
};

// The permission to say that the message is complete, asked for while it is under way.
class EndPermit {
 public:
  virtual ~EndPermit() = default;
  virtual void Ask() = 0;
  // After Ask().
  virtual asio::awaitable<absl::Status> Wait() = 0;
};

struct Transaction {
  std::string mail;                     // MAIL, with its end
  std::vector<std::string> recipients;  // RCPT, with their ends
  bool pipelining = false;
  bool chunking = false;  // BDAT instead of DATA
  bool lmtp = false;      // a reply for each recipient after the message
  bool reset = false;     // RSET first: a transaction before was left open
};

// What broke a transaction.
enum class Broken {
  kNothing,
  kConnection,
  kBody,     // it could not be read
  kContent,  // it cannot be sent by DATA
  kPermit,   // the end was not permitted
};

struct TransactionResult {
  // By recipient: the reply that decided, positive or not; none if the connection or the message
  // broke before.
  std::vector<std::optional<Reply>> replies;
  // Why there are none.
  Broken broken = Broken::kNothing;
  absl::Status error;
  // The end was sent: without a reply the recipients may have got the message all the same.
  bool end_sent = false;
  bool connection_usable = false;
  bool reset_needed = false;
};

asio::awaitable<TransactionResult> RunTransaction(Connection& connection,
                                                  const Transaction& transaction, Body& body,
                                                  EndPermit& permit);

}  // namespace posthorn::client
