#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "imap-gateway/parser/append_parser.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"
#include "imap-gateway/store/append_stream.h"

namespace posthorn::imap {

// Carries out what APPEND and REPLACE say behind the mailbox: reads the command on, invites its
// literals, and passes octets of messages to the store, never holding one whole. All messages are
// added or none. When it ends the input stands behind the command.
class AppendTransfer {
 public:
  // `text`: from behind the mailbox to the head of the first literal with octets of a message, or
  // to the end of the command. `many`: more than one message may come (RFC 3502).
  AppendTransfer(Session& session, v1::AppendStart start, std::string text, bool many);

  // nullopt: the messages were added, where is in response(). Else how the command ends.
  asio::awaitable<std::optional<Completion>> Run();
  const v1::AppendResponse& response() const { return stream_.response(); }

  // Refuses the command before anything was done; its octets are not taken for commands.
  asio::awaitable<Completion> Refuse(Completion refusal);

 private:
  asio::awaitable<void> RunStep();
  void BeginMessage();
  void EndMessage();
  asio::awaitable<void> TakeLiteral(Scanner::LiteralHead head);
  asio::awaitable<void> TakeUrl(std::string url);
  asio::awaitable<void> SendAnnounced(std::uint64_t size);
  asio::awaitable<void> Transfer(std::uint64_t left);
  asio::awaitable<void> ReadOn();
  void SetText(std::string text, std::optional<Scanner::LiteralHead> literal);
  bool FitsLimit(std::uint64_t more);
  void Fail(Completion completion);
  void FailStore(const absl::Status& status);
  void LoseClient();
  CommandLimits Limits() const;

  Session& session_;
  const bool many_;
  AppendStream stream_;
  AppendParser parser_;
  std::string text_;
  Scanner scanner_;
  // The literal whose head ends the text, while its octets are not read.
  std::optional<Scanner::LiteralHead> pending_;
  bool in_octets_ = false;  // octets of a message were read last, not text

  std::size_t messages_ = 0;
  std::optional<v1::AppendMessage> announced_;  // a message that the store was not yet told of
  std::uint64_t octets_ = 0;                    // of the message
  std::optional<Completion> failure_;
  bool done_ = false;
  bool lost_ = false;  // the client is gone
};

}  // namespace posthorn::imap
