#include "common/admin/healthcheck.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <exception>

#include "common/net/address.h"

namespace posthorn::admin {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

asio::awaitable<bool> Ask(tcp::endpoint endpoint) {
  tcp::socket socket(co_await asio::this_coro::executor);
  const auto [connect_error] = co_await socket.async_connect(endpoint, kAwait);
  if (connect_error) {
    co_return false;
  }
  http::request<http::empty_body> request(http::verb::get, "/healthz/ready", 11);
  request.set(http::field::host, "localhost");
  const auto [write_error, written] = co_await http::async_write(socket, request, kAwait);
  if (write_error) {
    co_return false;
  }
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  const auto [read_error, octets] = co_await http::async_read(socket, buffer, response, kAwait);
  co_return !read_error && response.result() == http::status::ok;
}

}  // namespace

bool AskReady(const std::string& listen, std::chrono::milliseconds limit) {
  auto endpoint = net::ParseListenAddress(listen);
  if (!endpoint.ok()) {
    return false;
  }
  if (endpoint->address().is_unspecified()) {
    if (endpoint->address().is_v4()) {
      endpoint->address(asio::ip::address_v4::loopback());
    } else {
      endpoint->address(asio::ip::address_v6::loopback());
    }
  }
  bool ready = false;
  asio::io_context context;
  asio::co_spawn(context, Ask(*endpoint), [&ready](const std::exception_ptr& error, bool answer) {
    ready = !error && answer;
  });
  context.run_for(limit);
  return ready;
}

}  // namespace posthorn::admin
