// rspamd over HTTP.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "smtp-gateway/filter/held_message.h"
#include "smtp-gateway/filter/rspamd_result.h"

namespace posthorn::filter {

namespace asio = boost::asio;

struct RspamdOptions {
  std::string host;  // a name or an address
  std::string port;
  // Of the whole question: connection, message and answer.
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

// The message is sent with what is known of its client. UNAVAILABLE or DEADLINE_EXCEEDED if there
// is no answer, INVALID_ARGUMENT or RESOURCE_EXHAUSTED if it is none that can be read.
asio::awaitable<absl::StatusOr<RspamdResult>> AskRspamd(const RspamdOptions& options,
                                                        const Client& client,
                                                        const Envelope& envelope,
                                                        const HeldMessage& message);

}  // namespace posthorn::filter
