// Connections to filters.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/stream.h"

namespace posthorn::filter {

namespace asio = boost::asio;

// To the addresses of a host in turn, each with its share of the time. Names are asked of the
// system's resolver, whose own timeouts hold.
asio::awaitable<absl::StatusOr<std::unique_ptr<net::Stream>>> ConnectByName(
    const std::string& host, const std::string& port, net::SteadyClock::time_point deadline);

// To a socket of the file system.
asio::awaitable<absl::StatusOr<std::unique_ptr<net::Stream>>> ConnectUnix(const std::string& path);

}  // namespace posthorn::filter
