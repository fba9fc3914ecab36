#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::bench {

template <typename T>
using Awaitable = boost::asio::awaitable<T>;

// The server said something other than what the protocol or the workload calls for.
class UnexpectedReply : public std::runtime_error {
 public:
  UnexpectedReply(std::string_view doing, std::string_view reply);
};

// A buffered TCP connection to 127.0.0.1. All failures are exceptions, which end the workload.
// Views that the reading functions hand out are valid until the next call that may read.
class Connection {
 public:
  explicit Connection(boost::asio::io_context& io) : socket_(io) {}

  Awaitable<void> Connect(std::uint16_t port);
  Awaitable<void> Send(std::string_view octets);

  // The next line without its CRLF, if it is in the buffer. Hot loops use this with Fill().
  bool TryLine(std::string_view& line);
  // Reads at least one more octet into the buffer; throws if the server has closed.
  Awaitable<void> Fill();
  Awaitable<std::string_view> Line();
  // The next `count` octets, contiguous.
  Awaitable<std::string_view> Octets(std::size_t count);
  // Reads until the server closes; throws if it sends anything more.
  Awaitable<void> ExpectClose();

  std::size_t octets_read() const { return octets_read_; }

 private:
  void MakeRoom();

  boost::asio::ip::tcp::socket socket_;
  // Unconsumed input is buffer_[begin_, end_); [begin_, scanned_) holds no LF.
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0;
  std::size_t end_ = 0;
  std::size_t octets_read_ = 0;
};

}  // namespace posthorn::bench
