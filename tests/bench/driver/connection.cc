#include "connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>

namespace posthorn::bench {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t kSmallestBuffer = 4 << 10;  // thousands of idle connections hold one each
constexpr std::size_t kLargestBuffer = 64 << 20;  // a line or literal longer than this is an error

}  // namespace

UnexpectedReply::UnexpectedReply(std::string_view doing, std::string_view reply)
    : std::runtime_error(std::string(doing) +
                         ": unexpected reply: " + std::string(reply.substr(0, 300))) {}

Awaitable<void> Connection::Connect(std::uint16_t port) {
  const tcp::endpoint server(boost::asio::ip::address_v4::loopback(), port);
  co_await socket_.async_connect(server, boost::asio::use_awaitable);
  socket_.set_option(tcp::no_delay(true));
}

Awaitable<void> Connection::Send(std::string_view octets) {
  co_await boost::asio::async_write(socket_, boost::asio::buffer(octets),
                                    boost::asio::use_awaitable);
}

bool Connection::TryLine(std::string_view& line) {
  const void* lf =
      scanned_ == end_ ? nullptr : std::memchr(buffer_.data() + scanned_, '\n', end_ - scanned_);
  if (lf == nullptr) {
    scanned_ = end_;
    return false;
  }
  const std::size_t at = static_cast<const char*>(lf) - buffer_.data();
  if (at == begin_ || buffer_[at - 1] != '\r') {
    throw UnexpectedReply("read a line", "LF without CR");
  }
  line = std::string_view(buffer_.data() + begin_, at - 1 - begin_);
  begin_ = scanned_ = at + 1;
  return true;
}

void Connection::MakeRoom() {
  if (begin_ == end_) {
    begin_ = scanned_ = end_ = 0;
  } else if (end_ == buffer_.size() && begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kLargestBuffer) {
      throw UnexpectedReply("read", "a line or literal beyond all bounds");
    }
    buffer_.resize(buffer_.empty() ? kSmallestBuffer : 2 * buffer_.size());
  }
}

Awaitable<void> Connection::Fill() {
  MakeRoom();
  const std::size_t room = buffer_.size() - end_;
  const std::size_t count = co_await socket_.async_read_some(
      boost::asio::buffer(buffer_.data() + end_, room), boost::asio::use_awaitable);
  end_ += count;
  octets_read_ += count;
  // A full read means that the server is ahead: read in larger pieces from now on.
  if (count == room && buffer_.size() < (512 << 10)) {
    buffer_.resize(4 * buffer_.size());
  }
}

Awaitable<std::string_view> Connection::Line() {
  std::string_view line;
  while (!TryLine(line)) {
    co_await Fill();
  }
  co_return line;
}

Awaitable<std::string_view> Connection::Octets(std::size_t count) {
  while (end_ - begin_ < count) {
    co_await Fill();
  }
  const std::string_view octets(buffer_.data() + begin_, count);
  begin_ = scanned_ = begin_ + count;
  co_return octets;
}

Awaitable<void> Connection::ExpectClose() {
  if (begin_ != end_) {
    throw UnexpectedReply("wait for the server to close", "more octets");
  }
  char octet = 0;
  boost::system::error_code error;
  const std::size_t count = co_await socket_.async_read_some(
      boost::asio::buffer(&octet, 1),
      boost::asio::redirect_error(boost::asio::use_awaitable, error));
  if (count != 0 || error != boost::asio::error::eof) {
    throw UnexpectedReply("wait for the server to close", error.message());
  }
  socket_.close();
}

}  // namespace posthorn::bench
