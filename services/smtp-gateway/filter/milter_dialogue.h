// What is said to one milter, and what it answers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/filter/milter_changes.h"
#include "smtp-gateway/filter/milter_link.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter::milter {

// A path of MAIL or RCPT.
struct PathCommand {
  std::string address;                  // without brackets; empty for the null path
  std::vector<std::string> parameters;  // "SIZE=100"
};

// Each call tells one command and takes the answer, if the milter wants the one and gives the
// other. Used by one coroutine; what is given outlives it. Errors are those of Link, which is
// closed then.
class Dialogue {
 public:
  Dialogue(const MilterAddress& address, const MilterOptions& options) : link_(address, options) {}

  // What it has decided. kDeliver: it wants to hear no more, of the client after Connect and Helo,
  // of the message after the others.
  using Step = absl::StatusOr<std::optional<Verdict>>;

  // Another client, over a connection of its own.
  asio::awaitable<Step> Connect(const Client& client);
  bool is_open() const { return link_.is_open(); }
  asio::awaitable<Step> Helo(const Client& client);
  // Ends the message before if that has not come to its end.
  asio::awaitable<Step> Mail(const Client& client, const PathCommand& path);
  asio::awaitable<Step> Recipient(const Client& client, const PathCommand& path);
  asio::awaitable<Step> Data(const Client& client);
  // From the header to its decision. The envelope and the message are changed as it wants if it
  // lets the message pass, and not at all else.
  asio::awaitable<absl::StatusOr<Verdict>> Message(const Client& client, Envelope& envelope,
                                                   HeldMessage& message);
  // There is no client any more.
  asio::awaitable<void> Quit();

 private:
  // Says it, unless the milter is to be spared (`without`), and takes its reply, unless it gives
  // none (`silent`).
  asio::awaitable<Step> Say(std::string packets, uint32_t without, uint32_t silent);
  // A reply before the end of the message.
  Step Decide(const Reply& reply);
  asio::awaitable<absl::Status> Abort();
  asio::awaitable<Step> TellHeader(const HeldMessage& message);
  asio::awaitable<Step> TellBody(const HeldMessage& message);
  asio::awaitable<absl::StatusOr<Verdict>> EndMessage(const Client& client, Changes& changes);

  Link link_;
  bool in_message_ = false;
  bool enough_body_ = false;
};

}  // namespace posthorn::filter::milter
