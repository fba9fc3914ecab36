#include "common/admin/healthcheck.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "common/net/address.h"

namespace posthorn::admin {

bool AskReady(const std::string& listen) {
  namespace http = boost::beast::http;
  auto endpoint = net::ParseListenAddress(listen);
  if (!endpoint.ok()) {
    return false;
  }
  if (endpoint->address().is_unspecified()) {
    if (endpoint->address().is_v4()) {
      endpoint->address(boost::asio::ip::address_v4::loopback());
    } else {
      endpoint->address(boost::asio::ip::address_v6::loopback());
    }
  }
  boost::asio::io_context context;
  boost::asio::ip::tcp::socket socket(context);
  boost::system::error_code error;
  socket.open(endpoint->protocol(), error);
  const timeval timeout{3, 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
  socket.connect(*endpoint, error);
  if (error) {
    return false;
  }
  http::request<http::empty_body> request(http::verb::get, "/healthz/ready", 11);
  request.set(http::field::host, "localhost");
  http::write(socket, request, error);
  if (error) {
    return false;
  }
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response, error);
  return !error && response.result() == http::status::ok;
}

}  // namespace posthorn::admin
