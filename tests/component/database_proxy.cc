#include "database_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace posthorn::component {

DatabaseProxy::DatabaseProxy(std::string socket_path) : socket_path_(std::move(socket_path)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof(address);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 100) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Run(); });
}

DatabaseProxy::~DatabaseProxy() {
  stopping_ = true;
  ::eventfd_write(wake_, 1);
  thread_.join();
  for (const auto& [client, server] : sessions_) {
    ::close(client);
    ::close(server);
  }
  ::close(listener_);
  ::close(wake_);
}

void DatabaseProxy::SetSilent(bool silent) {
  silent_ = silent;
  ::eventfd_write(wake_, 1);
}

void DatabaseProxy::Run() {
  while (!stopping_) {
    std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
    if (!silent_) {
      polled.push_back({listener_, POLLIN, 0});
      for (const auto& [client, server] : sessions_) {
        polled.push_back({client, POLLIN, 0});
        polled.push_back({server, POLLIN, 0});
      }
    }
    ::poll(polled.data(), polled.size(), -1);
    if (polled[0].revents != 0) {
      eventfd_t count = 0;
      ::eventfd_read(wake_, &count);
      continue;
    }
    std::vector<std::pair<int, int>> open;
    for (size_t i = 0; i < sessions_.size(); ++i) {
      const auto [client, server] = sessions_[i];
      if ((polled[2 + 2 * i].revents == 0 || Pass(client, server)) &&
          (polled[3 + 2 * i].revents == 0 || Pass(server, client))) {
        open.push_back(sessions_[i]);
      } else {
        ::close(client);
        ::close(server);
      }
    }
    sessions_ = std::move(open);
    if (polled[1].revents != 0) {
      Accept();
    }
  }
}

void DatabaseProxy::Accept() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, socket_path_.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  sessions_.emplace_back(client, server);
}

bool DatabaseProxy::Pass(int from, int to) {
  char octets[16 << 10];
  const ssize_t got = ::recv(from, octets, sizeof(octets), 0);
  ssize_t sent = 0;
  while (sent < got) {
    const ssize_t n = ::send(to, octets + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (n <= 0) {
      return false;
    }
    sent += n;
  }
  return got > 0;
}

}  // namespace posthorn::component
