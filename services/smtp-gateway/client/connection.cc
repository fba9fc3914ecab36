#include "smtp-gateway/client/connection.h"

#include "absl/strings/str_cat.h"

namespace posthorn::client {

asio::awaitable<absl::Status> Connection::Send(absl::string_view octets,
                                               std::chrono::milliseconds timeout) {
  stream_->ExpiresAfter(timeout);
  co_return co_await stream_->Write(octets);
}

asio::awaitable<absl::StatusOr<Reply>> Connection::ReadReply(std::chrono::milliseconds timeout) {
  // For the whole reply: a server that sends an octet a minute is none.
  stream_->ExpiresAfter(timeout);
  ReplyParser parser;
  while (true) {
    const auto line = co_await input_.ReadLine(ReplyParser::kMaxLine);
    if (!line.ok()) {
      co_return line.status();
    }
    const absl::StatusOr<bool> complete = parser.AddLine(*line);
    if (!complete.ok()) {
      co_return complete.status();
    }
    if (*complete) {
      co_return parser.TakeReply();
    }
  }
}

asio::awaitable<absl::StatusOr<Reply>> Connection::Ask(absl::string_view command,
                                                       std::chrono::milliseconds timeout) {
  if (HasUnaskedInput()) {
    co_return absl::InvalidArgumentError("a reply that was not asked for");
  }
  const std::string line = absl::StrCat(command, "\r\n");
  const absl::Status sent = co_await Send(line, timeout);
  if (!sent.ok()) {
    co_return sent;
  }
  co_return co_await ReadReply(timeout);
}

asio::awaitable<void> Connection::Quit() {
  const auto answer = co_await Ask("QUIT", timeouts_.quit);
  static_cast<void>(answer);
  stream_->Close();
}

}  // namespace posthorn::client
