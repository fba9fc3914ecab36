// A connection to a server of SMTP or LMTP: lines out, replies in.
//
// A reply must not come before its command: what a server, or somebody between, sends too early
// would be taken for the answer to what comes next, and after STARTTLS for something that was
// protected. Such a connection is closed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/input_buffer.h"
#include "common/net/stream.h"
#include "smtp-gateway/client/reply.h"

namespace posthorn::client {

namespace asio = boost::asio;

// RFC 5321 4.5.3.2.
struct Timeouts {
  std::chrono::milliseconds greeting = std::chrono::minutes(5);
  std::chrono::milliseconds command = std::chrono::minutes(5);
  std::chrono::milliseconds data_start = std::chrono::minutes(2);
  std::chrono::milliseconds data_block = std::chrono::minutes(3);
  std::chrono::milliseconds data_end = std::chrono::minutes(10);
  std::chrono::milliseconds tls = std::chrono::minutes(1);
  std::chrono::milliseconds quit = std::chrono::seconds(2);
};

class Connection {
 public:
  Connection(std::unique_ptr<net::Stream> stream, const Timeouts& timeouts)
      : stream_(std::move(stream)), input_(*stream_), timeouts_(timeouts) {}

  // Errors of both: those of net::Stream, and INVALID_ARGUMENT for what is no reply. The connection
  // is of no use after one.
  asio::awaitable<absl::Status> Send(absl::string_view octets, std::chrono::milliseconds timeout);
  asio::awaitable<absl::StatusOr<Reply>> ReadReply(std::chrono::milliseconds timeout);
  // One command, its line without end.
  asio::awaitable<absl::StatusOr<Reply>> Ask(absl::string_view command,
                                             std::chrono::milliseconds timeout);

  // Whether octets have come that no reply was awaited for.
  bool HasUnaskedInput() const { return !input_.empty(); }

  // QUIT, without waiting long for the answer, and the end.
  asio::awaitable<void> Quit();

  net::Stream& stream() { return *stream_; }
  const Timeouts& timeouts() const { return timeouts_; }

 private:
  std::unique_ptr<net::Stream> stream_;
  net::InputBuffer input_;
  const Timeouts timeouts_;
};

}  // namespace posthorn::client
