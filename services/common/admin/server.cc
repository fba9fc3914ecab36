#include "common/admin/server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <memory>

#include "absl/strings/str_cat.h"
#include "common/metrics/metrics.h"
#include "common/net/address.h"

namespace posthorn::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kTimeout{5};

struct Server {
  runtime::Runtime& runtime;
  Readiness readiness;
  tcp::acceptor acceptor;
};

http::response<http::string_body> Answer(const Server& server, beast::string_view target) {
  http::response<http::string_body> response(http::status::ok, 11);
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  if (target == "/healthz/live") {
    response.body() = "ok\n";
  } else if (target == "/healthz/ready") {
    const absl::Status status =
        server.runtime.Draining() ? absl::UnavailableError("draining") : server.readiness();
    response.result(status.ok() ? http::status::ok : http::status::service_unavailable);
    response.body() = status.ok() ? "ok\n" : absl::StrCat(status.message(), "\n");
  } else if (target == "/metrics") {
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    response.body() = metrics::Text();
  } else {
    response.result(http::status::not_found);
    response.body() = "not found\n";
  }
  response.prepare_payload();
  return response;
}

asio::awaitable<void> RunConnection(std::shared_ptr<Server> server, tcp::socket socket) {
  beast::tcp_stream stream(std::move(socket));
  beast::flat_buffer buffer;
  while (true) {
    stream.expires_after(kTimeout);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(8 * 1024);
    const auto [read_error, octets] = co_await http::async_read(stream, buffer, parser, kAwait);
    if (read_error) {
      break;
    }
    auto response = Answer(*server, parser.get().target());
    response.keep_alive(parser.get().keep_alive());
    const auto [write_error, written] = co_await http::async_write(stream, response, kAwait);
    if (write_error || !response.keep_alive()) {
      break;
    }
  }
  beast::error_code ignored;
  stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<void> AcceptLoop(std::shared_ptr<Server> server) {
  while (true) {
    auto [error, socket] = co_await server->acceptor.async_accept(kAwait);
    if (error) {
      co_await runtime::Sleep(std::chrono::milliseconds(100));
      continue;
    }
    server->runtime.SpawnBackground(server->acceptor.get_executor(), "admin",
                                    RunConnection(server, std::move(socket)));
  }
}

}  // namespace

absl::Status Serve(runtime::Runtime& runtime, const std::string& listen, Readiness readiness) {
  const auto endpoint = net::ParseListenAddress(listen);
  if (!endpoint.ok()) {
    return endpoint.status();
  }
  auto server =
      std::make_shared<Server>(runtime, std::move(readiness), tcp::acceptor(runtime.context(0)));
  boost::system::error_code error;
  server->acceptor.open(endpoint->protocol(), error);
  if (!error) {
    server->acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    server->acceptor.bind(*endpoint, error);
  }
  if (!error) {
    server->acceptor.listen(asio::socket_base::max_listen_connections, error);
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", listen, ": ", error.message()));
  }
  runtime.SpawnBackground(runtime.context(0).get_executor(), "admin", AcceptLoop(server));
  return absl::OkStatus();
}

}  // namespace posthorn::admin
