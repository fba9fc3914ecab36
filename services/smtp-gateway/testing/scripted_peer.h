// A server on loopback that a test plays itself, a function for each connection, on its own thread.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

namespace posthorn::testing_support {

// The server's end of a connection.
class PeerSocket {
 public:
  explicit PeerSocket(int socket) : socket_(socket) {}
  ~PeerSocket() {
    SSL_free(ssl_);
    ::close(socket_);
  }
  PeerSocket(const PeerSocket&) = delete;
  PeerSocket& operator=(const PeerSocket&) = delete;

  // False: the handshake failed.
  bool StartTls(SSL_CTX* context) {
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket_);
    return SSL_accept(ssl_) == 1;
  }
  // Null without TLS.
  SSL* tls() const { return ssl_; }
  // Exactly so many octets; fewer when the other side has closed.
  std::string Read(size_t size) {
    while (input_.size() < size && Fill()) {
    }
    return Take(size);
  }
  // Up to and with the end; all there is when the other side has closed.
  std::string ReadUntil(const std::string& end) {
    size_t found;
    while ((found = input_.find(end)) == std::string::npos && Fill()) {
    }
    return Take(found == std::string::npos ? input_.size() : found + end.size());
  }
  void Write(const std::string& octets) {
    for (size_t sent = 0; sent < octets.size();) {
      const size_t left = octets.size() - sent;
      const auto count = ssl_ != nullptr
                             ? SSL_write(ssl_, octets.data() + sent, static_cast<int>(left))
                             : ::send(socket_, octets.data() + sent, left, MSG_NOSIGNAL);
      if (count <= 0) {
        return;
      }
      sent += static_cast<size_t>(count);
    }
  }

 private:
  bool Fill() {
    char buffer[65536];
    const auto count = ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof buffer)
                                       : ::recv(socket_, buffer, sizeof buffer, 0);
    if (count > 0) {
      input_.append(buffer, static_cast<size_t>(count));
    }
    return count > 0;
  }
  std::string Take(size_t size) {
    std::string taken = input_.substr(0, size);
    input_.erase(0, taken.size());
    return taken;
  }

  const int socket_;
  SSL* ssl_ = nullptr;
  std::string input_;
};

class ScriptedPeer {
 public:
  // Serves one connection after the other; each is closed when `serve` returns.
  explicit ScriptedPeer(std::function<void(PeerSocket&)> serve)
      : serve_(std::move(serve)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 10);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~ScriptedPeer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedPeer(const ScriptedPeer&) = delete;
  ScriptedPeer& operator=(const ScriptedPeer&) = delete;

  std::string port() const { return std::to_string(port_); }
  int port_number() const { return port_; }

 private:
  void Accept() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) {
        return;
      }
      PeerSocket peer(socket);
      serve_(peer);
    }
  }

  const std::function<void(PeerSocket&)> serve_;
  const int listener_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace posthorn::testing_support
