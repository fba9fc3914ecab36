// The connection to one milter: packets there and back.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/stream.h"
#include "smtp-gateway/filter/milter_address.h"
#include "smtp-gateway/filter/milter_codec.h"

namespace posthorn::filter::milter {

namespace asio = boost::asio;

// Used by one coroutine; what is given outlives it. After an error it is closed: UNAVAILABLE,
// DEADLINE_EXCEEDED, INVALID_ARGUMENT or RESOURCE_EXHAUSTED if the milter is away or breaks the
// protocol.
class Link {
 public:
  Link(const MilterAddress& address, const MilterOptions& options)
      : address_(address), options_(options) {}

  // All that follows has MilterOptions::timeout together, until the next Begin.
  void Begin() { deadline_ = net::SteadyClock::now() + options_.timeout; }

  // Connects and negotiates.
  asio::awaitable<absl::Status> Open();
  bool is_open() const { return stream_ != nullptr; }
  void Close();

  asio::awaitable<absl::Status> Write(absl::string_view packets);
  // The next reply that is more than a sign of life.
  asio::awaitable<absl::StatusOr<Reply>> Read();

  const Negotiation& wanted() const { return wanted_; }
  bool Wants(uint32_t step) const { return (wanted_.steps & step) != 0; }
  const MilterOptions& options() const { return options_; }

 private:
  asio::awaitable<absl::Status> Connect();
  asio::awaitable<absl::Status> Negotiate();
  asio::awaitable<absl::StatusOr<Packet>> ReadPacket();
  net::SteadyClock::time_point ReplyDeadline() const;

  const MilterAddress& address_;
  const MilterOptions& options_;
  net::SteadyClock::time_point deadline_;
  std::unique_ptr<net::Stream> stream_;
  std::string input_;
  Negotiation wanted_;
};

}  // namespace posthorn::filter::milter
