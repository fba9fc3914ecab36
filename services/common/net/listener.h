// Accepts clients for one port and starts a session for each. Knows the limits that hold before a
// session speaks: connections in all and per address, the PROXY protocol, TLS from the first octet.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/net/address.h"
#include "common/net/stream.h"
#include "common/net/tls.h"
#include "common/runtime/runtime.h"

namespace posthorn::net {

struct ListenerOptions {
  std::string name;     // for logs and metrics: "imap", "imaps", "mx", ...
  std::string address;  // "0.0.0.0:2143", ":2143" for both families
  bool implicit_tls = false;
  // Peers that must send a PROXY header; all others must not.
  NetworkList proxies;
  size_t max_connections = 20000;
  size_t max_connections_per_address = 200;
  // How long after the beginning of a drain the last session must have ended: what the runtime's
  // Run() gets.
  std::chrono::seconds grace{60};
  // Sent in the clear, then closed, when a limit is met (a 421, * BYE or -ERR line); may be empty.
  std::string refusal;
};

// Runs one session. The stream lives on its own executor until the coroutine ends.
using SessionHandler = std::function<asio::awaitable<void>(Stream& stream)>;

class Listener {
 public:
  // `tls` may be null without implicit_tls. The runtime, tls and the handler outlive the listener.
  Listener(runtime::Runtime& runtime, ListenerOptions options, const ServerTls* tls,
           SessionHandler handler);
  ~Listener();

  // Binds and begins to accept. Drains with the runtime: stops accepting and tells every session.
  absl::Status Start();

  // The port bound, when 0 was asked for.
  unsigned short port() const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace posthorn::net
