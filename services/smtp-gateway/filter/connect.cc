#include "smtp-gateway/filter/connect.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/net/connect.h"

namespace posthorn::filter {
namespace {

using std::chrono::milliseconds;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr milliseconds kLongestConnect{5000};
constexpr size_t kMaxAddresses = 8;

asio::awaitable<absl::StatusOr<std::vector<net::Endpoint>>> Resolve(const std::string& host,
                                                                    const std::string& port) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  const auto [error, found] = co_await resolver.async_resolve(host, port, kAwait);
  if (error) {
    co_return absl::UnavailableError(absl::StrCat(host, ": ", error.message()));
  }
  std::vector<net::Endpoint> endpoints;
  for (const auto& entry : found) {
    if (endpoints.size() < kMaxAddresses) {
      endpoints.push_back(entry.endpoint());
    }
  }
  co_return endpoints;
}

}  // namespace

asio::awaitable<absl::StatusOr<std::unique_ptr<net::Stream>>> ConnectByName(
    const std::string& host, const std::string& port, net::SteadyClock::time_point deadline) {
  const auto endpoints = co_await Resolve(host, port);
  if (!endpoints.ok()) {
    co_return endpoints.status();
  }
  absl::Status last = absl::UnavailableError(absl::StrCat(host, " has no address"));
  for (const net::Endpoint& endpoint : *endpoints) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - net::SteadyClock::now());
    if (left.count() <= 0) {
      co_return absl::DeadlineExceededError("timed out");
    }
    auto stream = co_await net::Connect(endpoint, std::min(left, kLongestConnect));
    if (stream.ok()) {
      co_return stream;
    }
    last = stream.status();
  }
  co_return last;
}

asio::awaitable<absl::StatusOr<std::unique_ptr<net::Stream>>> ConnectUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    co_return absl::InvalidArgumentError("the path of the socket is too long");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) {
    co_return absl::ErrnoToStatus(errno, "socket");
  }
  // Such a connection is there at once, or refused: EAGAIN if too many wait for the filter.
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    const int error = errno;
    ::close(descriptor);
    co_return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(error)));
  }
  const auto executor = co_await asio::this_coro::executor;
  // A stream reads, writes and waits on a descriptor; what kind of socket it is makes no
  // difference.
  asio::ip::tcp::socket socket(executor);
  boost::system::error_code failed;
  socket.assign(asio::ip::tcp::v4(), descriptor, failed);
  if (failed) {
    ::close(descriptor);
    co_return absl::UnavailableError(failed.message());
  }
  co_return std::make_unique<net::Stream>(std::move(socket), net::Endpoint(), net::Endpoint());
}

}  // namespace posthorn::filter
