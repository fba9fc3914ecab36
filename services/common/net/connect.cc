#include "common/net/connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/status/status.h"

namespace posthorn::net {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

}  // namespace

asio::awaitable<absl::StatusOr<std::unique_ptr<Stream>>> Connect(
    Endpoint server, std::chrono::milliseconds timeout) {
  const auto executor = co_await asio::this_coro::executor;
  // The timer's callback may be on its way when the connection is there, and must find a socket.
  const auto socket = std::make_shared<asio::ip::tcp::socket>(executor);
  const auto expired = std::make_shared<bool>(false);
  asio::steady_timer timer(executor, timeout);
  timer.async_wait([socket, expired](const boost::system::error_code& cancelled) {
    if (!cancelled && socket->is_open()) {
      *expired = true;
      boost::system::error_code ignored;
      socket->close(ignored);
    }
  });
  const auto [error] = co_await socket->async_connect(server, kAwait);
  timer.cancel();
  if (*expired) {
    co_return absl::DeadlineExceededError("timed out");
  }
  boost::system::error_code gone;
  const Endpoint local = error ? Endpoint() : socket->local_endpoint(gone);
  if (error || gone) {
    co_return absl::UnavailableError((error ? error : gone).message());
  }
  co_return std::make_unique<Stream>(std::move(*socket), server, local);
}

}  // namespace posthorn::net
