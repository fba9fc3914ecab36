#include "common/net/stream.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/net/deflate.h"

namespace posthorn::net {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::minutes kDefaultTimeout{5};
constexpr size_t kCompressedRead = 4096;  // in a coroutine's frame

absl::Status PeerGone() { return absl::UnavailableError("the peer is gone"); }
absl::Status TimedOut() { return absl::DeadlineExceededError("timed out"); }

bool WouldBlock(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

struct Stream::Compression {
  Deflater out;
  Inflater in;
  bool writing = false;
};

Stream::Stream(asio::ip::tcp::socket socket, Endpoint peer, Endpoint local)
    : socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      deadline_(SteadyClock::now() + kDefaultTimeout),
      peer_(std::move(peer)),
      local_(std::move(local)),
      alive_(std::make_shared<Stream*>(this)) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
}

Stream::~Stream() {
  *alive_ = nullptr;
  Close();
}

void Stream::SetAddresses(Endpoint peer, Endpoint local) {
  peer_ = std::move(peer);
  local_ = std::move(local);
}

Stream::Attempt Stream::FromSsl(int result) {
  Attempt attempt;
  attempt.octets = -1;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      break;
    case SSL_ERROR_WANT_WRITE:
      attempt.wait_for_write = true;
      break;
    case SSL_ERROR_ZERO_RETURN:
      attempt.octets = 0;
      break;
    default:
      attempt.failed = true;
  }
  return attempt;
}

Stream::Attempt Stream::TryRead(char* data, size_t size) {
  Attempt attempt;
  if (ssl_) {
    ERR_clear_error();
    const int result =
        SSL_read(ssl_.get(), data, static_cast<int>(std::min<size_t>(size, 1 << 20)));
    if (result > 0) {
      attempt.octets = result;
      return attempt;
    }
    return FromSsl(result);
  }
  attempt.octets = ::recv(socket_.native_handle(), data, size, 0);
  attempt.failed = attempt.octets < 0 && !WouldBlock(errno);
  return attempt;
}

Stream::Attempt Stream::TryWrite(absl::string_view data) {
  Attempt attempt;
  if (ssl_) {
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), data.data(),
                                 static_cast<int>(std::min<size_t>(data.size(), 1 << 20)));
    if (result > 0) {
      attempt.octets = result;
      return attempt;
    }
    return FromSsl(result);
  }
  attempt.octets = ::send(socket_.native_handle(), data.data(), data.size(), MSG_NOSIGNAL);
  attempt.wait_for_write = attempt.octets < 0;
  attempt.failed = attempt.octets < 0 && !WouldBlock(errno);
  return attempt;
}

asio::awaitable<absl::Status> Stream::WaitFor(asio::ip::tcp::socket::wait_type type) {
  if (expired_ || SteadyClock::now() >= deadline_) {
    co_return TimedOut();
  }
  ArmTimer();
  const auto [error] = co_await socket_.async_wait(type, kAwait);
  if (expired_) {
    co_return TimedOut();
  }
  // A cancelled wait that has not expired was woken: its caller looks again.
  if (error && error != asio::error::operation_aborted) {
    co_return PeerGone();
  }
  co_return socket_.is_open() ? absl::OkStatus() : PeerGone();
}

asio::awaitable<absl::Status> Stream::StartTls(std::shared_ptr<SSL_CTX> context) {
  context_ = std::move(context);
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    co_return absl::InternalError("TLS cannot start");
  }
  SSL_set_accept_state(ssl_.get());
  co_return co_await Handshake();
}

asio::awaitable<absl::Status> Stream::StartClientTls(SslPtr session) {
  ssl_ = std::move(session);
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) {
    co_return absl::InternalError("TLS cannot start");
  }
  SSL_set_connect_state(ssl_.get());
  co_return co_await Handshake();
}

asio::awaitable<absl::Status> Stream::Handshake() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
      co_return absl::OkStatus();
    }
    const Attempt attempt = FromSsl(result);
    if (attempt.failed || attempt.octets == 0) {
      const char* reason = ERR_reason_error_string(ERR_peek_error());
      co_return absl::UnavailableError(
          absl::StrCat("TLS handshake failed: ", reason != nullptr ? reason : "the peer is gone"));
    }
    const absl::Status status =
        co_await WaitFor(attempt.wait_for_write ? asio::ip::tcp::socket::wait_write
                                                : asio::ip::tcp::socket::wait_read);
    if (!status.ok()) {
      co_return status;
    }
  }
}

void Stream::StartDeflate() { compression_ = std::make_unique<Compression>(); }

void Stream::StopDeflate() {
  early_ = compression_->in.TakeRest();
  compression_.reset();
}

asio::awaitable<absl::StatusOr<size_t>> Stream::Read(char* data, size_t size) {
  if (compression_ || !early_.empty()) {
    return ReadLayered(data, size);
  }
  return ReadTransport(data, size);
}

asio::awaitable<absl::StatusOr<size_t>> Stream::ReadLayered(char* data, size_t size) {
  if (!early_.empty()) {
    const size_t octets = std::min(size, early_.size());
    std::copy_n(early_.begin(), octets, data);
    early_.erase(0, octets);
    co_return octets;
  }
  while (true) {
    absl::StatusOr<size_t> octets = compression_->in.Read(data, size);
    if (!octets.ok() || *octets > 0) {
      co_return octets;
    }
    char compressed[kCompressedRead];
    octets = co_await ReadTransport(compressed, sizeof compressed);
    if (!octets.ok()) {
      co_return octets;
    }
    compression_->in.Feed({compressed, *octets});
  }
}

asio::awaitable<absl::Status> Stream::Write(absl::string_view data) {
  if (compression_) {
    return WriteCompressed(data);
  }
  return WriteTransport(data);
}

asio::awaitable<absl::Status> Stream::WriteCompressed(absl::string_view data) {
  compression_->writing = true;
  std::string compressed;
  absl::Status status;
  do {
    compression_->out.Next(data, compressed);
    status = co_await WriteTransport(compressed);
  } while (status.ok() && (!data.empty() || !compressed.empty()));
  compression_->writing = false;
  co_return status;
}

asio::awaitable<absl::StatusOr<size_t>> Stream::ReadTransport(char* data, size_t size) {
  while (socket_.is_open()) {
    // A client that never pauses must not outlast a drain either. What lingers after our last word
    // may be read, to be thrown away.
    if (draining() && SteadyClock::now() >= (finished_writing_ ? end_ : *last_read_)) {
      co_return TimedOut();
    }
    const Attempt attempt = TryRead(data, size);
    if (attempt.octets > 0) {
      co_return static_cast<size_t>(attempt.octets);
    }
    if (attempt.octets == 0) {
      co_return absl::OutOfRangeError("end of stream");
    }
    if (attempt.failed) {
      co_return PeerGone();
    }
    const absl::Status status =
        co_await WaitFor(attempt.wait_for_write ? asio::ip::tcp::socket::wait_write
                                                : asio::ip::tcp::socket::wait_read);
    if (!status.ok()) {
      co_return status;
    }
  }
  co_return PeerGone();
}

asio::awaitable<absl::Status> Stream::WriteTransport(absl::string_view data) {
  while (!data.empty()) {
    if (!socket_.is_open()) {
      co_return PeerGone();
    }
    if (draining() && SteadyClock::now() >= end_) {
      co_return TimedOut();
    }
    const Attempt attempt = TryWrite(data);
    if (attempt.octets > 0) {
      data.remove_prefix(static_cast<size_t>(attempt.octets));
      continue;
    }
    if (attempt.failed || attempt.octets == 0) {
      co_return PeerGone();
    }
    const absl::Status status =
        co_await WaitFor(attempt.wait_for_write ? asio::ip::tcp::socket::wait_write
                                                : asio::ip::tcp::socket::wait_read);
    if (!status.ok()) {
      co_return status;
    }
  }
  co_return absl::OkStatus();
}

bool Stream::TransportReadable() {
  if (ssl_ && SSL_pending(ssl_.get()) > 0) {
    return true;
  }
  char octet;
  const ssize_t peeked =
      socket_.is_open() ? ::recv(socket_.native_handle(), &octet, 1, MSG_PEEK) : 0;
  return peeked >= 0 || !WouldBlock(errno);
}

bool Stream::InputReadable() {
  if (!compression_) {
    return !early_.empty() || TransportReadable();
  }
  while (!compression_->in.HasOutput()) {
    if (!TransportReadable()) {
      return false;
    }
    char compressed[kCompressedRead];
    const Attempt attempt = TryRead(compressed, sizeof compressed);
    if (attempt.failed || attempt.octets == 0) {
      return true;  // the next read reports it
    }
    if (attempt.octets < 0) {
      return false;  // half a TLS record
    }
    compression_->in.Feed({compressed, static_cast<size_t>(attempt.octets)});
  }
  return true;
}

asio::awaitable<Wait> Stream::WaitReadable() {
  while (true) {
    if (InputReadable()) {
      co_return Wait::kReadable;
    }
    if (std::exchange(woken_, false)) {
      co_return Wait::kWoken;
    }
    if (draining()) {
      co_return Wait::kDraining;
    }
    if (compression_ && !compression_->writing) {
      compression_->out.Shrink();
      compression_->in.Shrink();
    }
    idle_wait_ = true;
    const absl::Status status = co_await WaitFor(asio::ip::tcp::socket::wait_read);
    idle_wait_ = false;
    if (absl::IsDeadlineExceeded(status)) {
      co_return Wait::kTimeout;
    }
    if (!status.ok()) {
      co_return Wait::kReadable;  // the next read reports the error
    }
  }
}

void Stream::Wake() {
  woken_ = true;
  if (idle_wait_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

void Stream::Drain(SteadyClock::time_point last_read, SteadyClock::time_point end) {
  last_read_ = last_read;
  end_ = end;
  deadline_ = Bounded(deadline_);
  if (timer_armed_) {
    ArmTimer();
  }
  if (idle_wait_) {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  }
}

SteadyClock::time_point Stream::Bounded(SteadyClock::time_point deadline) const {
  if (!draining()) {
    return deadline;
  }
  return std::min(deadline, DrainIsOver() ? end_ : *last_read_);
}

void Stream::ExpiresAt(SteadyClock::time_point deadline) {
  deadline_ = Bounded(deadline);
  expired_ = false;
}

// One timer serves all waits: it is set anew only when the deadline came nearer, and looks again
// when it fires early.
void Stream::ArmTimer() {
  if (timer_armed_ && timer_at_ <= deadline_) {
    return;
  }
  timer_armed_ = true;
  timer_at_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([alive = alive_](const boost::system::error_code& error) {
    if (*alive != nullptr && error != asio::error::operation_aborted) {
      (*alive)->OnTimer();
    }
  });
}

void Stream::OnTimer() {
  timer_armed_ = false;
  if (SteadyClock::now() < deadline_) {
    ArmTimer();
    return;
  }
  expired_ = true;
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

bool Stream::PeerHasLeft() {
  if (!socket_.is_open()) {
    return true;
  }
  // POLLERR and POLLHUP are reported unasked.
  pollfd state{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&state, 1, 0) > 0;
}

void Stream::FinishWriting() {
  if (!socket_.is_open()) {
    return;
  }
  if (ssl_ && SSL_is_init_finished(ssl_.get())) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  finished_writing_ = true;
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Stream::Close() {
  if (!socket_.is_open()) {
    return;
  }
  FinishWriting();
  boost::system::error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

std::string Stream::TlsVersion() const { return ssl_ ? SSL_get_version(ssl_.get()) : ""; }
std::string Stream::TlsCipher() const { return ssl_ ? SSL_get_cipher_name(ssl_.get()) : ""; }

}  // namespace posthorn::net
