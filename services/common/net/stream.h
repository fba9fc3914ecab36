// A connection to a client or to a server: plain TCP, or TLS on the same descriptor. TLS is OpenSSL
// on the descriptor, with its buffers released while idle (docs/decisions.md), so an idle stream is
// small.
//
// A stream belongs to one executor (its socket's) and every method runs there; one read and one
// write may be in progress at the same time. All waits end at the deadline that is set.
//
// Errors of reads and writes: DEADLINE_EXCEEDED, UNAVAILABLE (the peer is gone), OUT_OF_RANGE (end
// of the stream, orderly or not).
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/address.h"

namespace posthorn::net {

namespace asio = boost::asio;

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPtr = std::unique_ptr<SSL, SslFree>;

using SteadyClock = std::chrono::steady_clock;

// What ended a wait for the client's next octets.
enum class Wait {
  kReadable,  // octets, or the end of the stream, can be read
  kWoken,     // Wake() was called
  kDraining,  // the service shuts down: take leave
  kTimeout,
};

class Stream {
 public:
  Stream(asio::ip::tcp::socket socket, Endpoint peer, Endpoint local);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // TLS as the server (RFC 8446); octets that came before are not looked at: a protocol must refuse
  // input that was buffered before STARTTLS.
  asio::awaitable<absl::Status> StartTls(std::shared_ptr<SSL_CTX> context);
  // TLS as the client, with a session that ClientTls made; what the certificate is worth is to be
  // asked afterwards (client_tls.h). Input that came before must have been refused, as above.
  asio::awaitable<absl::Status> StartClientTls(SslPtr session);

  // RFC 4978: from here on both directions are compressed, inside of TLS. What was read before must
  // have been used up.
  void StartDeflate();
  // RFC 8437 4.1: from here on neither is.
  void StopDeflate();
  bool is_compressed() const { return compression_ != nullptr; }

  // Reads 1 to size octets.
  asio::awaitable<absl::StatusOr<size_t>> Read(char* data, size_t size);
  // Writes all of it.
  asio::awaitable<absl::Status> Write(absl::string_view data);

  // Waits between commands, holding no buffer. Ends at once with kReadable when input is there.
  asio::awaitable<Wait> WaitReadable();
  // Ends a WaitReadable in progress, or the next one, with kWoken. On the stream's executor.
  void Wake();
  // Every WaitReadable from now on ends with kDraining, once input already there is used up. What
  // the client has begun may go on until `last_read`: reads end then, whatever their deadline was
  // or will be. Nothing goes on after `end`; between the two the session takes its leave.
  void Drain(SteadyClock::time_point last_read, SteadyClock::time_point end);
  bool draining() const { return last_read_.has_value(); }
  // A drain has come to its `last_read`.
  bool DrainIsOver() const { return draining() && SteadyClock::now() >= *last_read_; }

  // Reads, writes and waits that would last longer than this from now, or than until then, end; a
  // drain ends them earlier.
  void ExpiresAfter(std::chrono::milliseconds timeout) { ExpiresAt(SteadyClock::now() + timeout); }
  void ExpiresAt(SteadyClock::time_point deadline);

  // Whether the peer has closed its side or the connection is lost, however much of what it sent is
  // not read yet. Known at once; a peer that vanishes without a word is not noticed.
  bool PeerHasLeft();

  // The peer sees the end of the stream, after TLS close_notify if that is possible at once; what
  // it sends can still be read.
  void FinishWriting();

  // FinishWriting, then closes the socket; harmless when repeated. Input that was not read makes
  // the kernel reset the connection, and the peer may miss what was written last: one that must not
  // reads on for a while between the two.
  void Close();

  // The client's address, from PROXY protocol when a proxy is in front.
  const Endpoint& peer() const { return peer_; }
  const Endpoint& local() const { return local_; }
  bool is_tls() const { return ssl_ != nullptr; }
  // "TLSv1.3" and the cipher's name; empty without TLS.
  std::string TlsVersion() const;
  std::string TlsCipher() const;
  // Null without TLS.
  SSL* tls_session() const { return ssl_.get(); }

  asio::any_io_executor executor() { return socket_.get_executor(); }
  // Used by the PROXY protocol before a session begins.
  void SetAddresses(Endpoint peer, Endpoint local);

 private:
  // Result of a non-blocking attempt: octets moved, or what to wait for.
  struct Attempt {
    ssize_t octets = 0;  // > 0: done; 0: end of stream; < 0: see `wait_for_write` unless failed
    bool failed = false;
    bool wait_for_write = false;
  };
  // Both directions of the compression layer.
  struct Compression;

  Attempt TryRead(char* data, size_t size);
  Attempt TryWrite(absl::string_view data);
  Attempt FromSsl(int result);
  asio::awaitable<absl::Status> Handshake();
  asio::awaitable<absl::StatusOr<size_t>> ReadLayered(char* data, size_t size);
  asio::awaitable<absl::Status> WriteCompressed(absl::string_view data);
  asio::awaitable<absl::StatusOr<size_t>> ReadTransport(char* data, size_t size);
  asio::awaitable<absl::Status> WriteTransport(absl::string_view data);
  // Whether there is something to read that has not been looked at yet.
  bool TransportReadable();
  // The same behind the compression layer, where octets may have come that stand for none.
  bool InputReadable();
  asio::awaitable<absl::Status> WaitFor(asio::ip::tcp::socket::wait_type type);
  // The deadline as far as a drain allows it.
  SteadyClock::time_point Bounded(SteadyClock::time_point deadline) const;
  void ArmTimer();
  void OnTimer();

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  SteadyClock::time_point deadline_;
  SteadyClock::time_point timer_at_;
  bool timer_armed_ = false;
  bool expired_ = false;
  bool idle_wait_ = false;
  bool woken_ = false;
  bool finished_writing_ = false;
  std::optional<SteadyClock::time_point> last_read_;  // set by a drain
  SteadyClock::time_point end_;                       // valid with last_read_
  Endpoint peer_;
  Endpoint local_;
  SslPtr ssl_;
  std::shared_ptr<SSL_CTX> context_;
  std::unique_ptr<Compression> compression_;
  std::string early_;  // came behind the end of the compression layer
  // Guards the timer's callback against a destroyed stream.
  std::shared_ptr<Stream*> alive_;
};

}  // namespace posthorn::net
