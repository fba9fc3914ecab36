// A server of DNS on the loopback.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <map>
#include <string>
#include <thread>
#include <utility>

namespace posthorn::dns {

// Answers over UDP: records by name and type; NXDOMAIN for names that are not here.
class ScriptedDns {
 public:
  ScriptedDns() : socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~ScriptedDns() {
    ::shutdown(socket_, SHUT_RDWR);
    if (thread_.joinable()) {
      thread_.join();
    }
    ::close(socket_);
  }
  void Start() {
    thread_ = std::thread([this] { Serve(); });
  }
  // As UnboundOptions has it.
  std::string address() const { return "127.0.0.1@" + std::to_string(port_); }

  // Names are in wire format; all may be changed before Start().
  std::map<std::pair<std::string, int>, std::string> records;
  std::map<std::pair<std::string, int>, std::string> signatures;  // RRSIG, given with the record
  std::string failing = "none";

 private:
  void Serve() {
    char buffer[2000];
    sockaddr_in client{};
    while (true) {
      socklen_t size = sizeof client;
      const ssize_t count = ::recvfrom(socket_, buffer, sizeof buffer, 0,
                                       reinterpret_cast<sockaddr*>(&client), &size);
      if (count <= 12) {
        return;
      }
      const std::string reply = Reply({buffer, static_cast<size_t>(count)});
      ::sendto(socket_, reply.data(), reply.size(), 0, reinterpret_cast<sockaddr*>(&client), size);
    }
  }

  std::string Reply(const std::string& query) const {
    const size_t name_end = query.find('\0', 12) + 1;
    std::string name = query.substr(12, name_end - 12);
    for (char& c : name) {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    const int type = static_cast<unsigned char>(query[name_end + 1]);
    const auto record = records.find({name, type});
    bool exists = false;
    for (const auto& [key, rdata] : records) {
      exists = exists || key.first == name;
    }
    const char rcode = name == failing ? kServerFailure : exists ? 0 : kNoSuchName;
    std::string reply = query.substr(0, 2) + "\x85" + static_cast<char>(0x80 | rcode);
    const auto signature = signatures.find({name, type});
    const int answers = (record != records.end() ? 1 : 0) + (signature != signatures.end() ? 1 : 0);
    reply += std::string{'\0', '\1', '\0', static_cast<char>(answers), '\0', '\0', '\0', '\0'};
    reply += query.substr(12, name_end + 4 - 12);
    if (record != records.end()) {
      reply += Record(type, record->second);
    }
    if (signature != signatures.end()) {
      reply += Record(kSignature, signature->second);
    }
    return reply;
  }

  // Of the name that was asked for, for 60 seconds.
  static std::string Record(int type, const std::string& rdata) {
    return std::string("\xc0\x0c\0", 3) + static_cast<char>(type) +
           std::string("\0\1\0\0\0\x3c\0", 7) + static_cast<char>(rdata.size()) + rdata;
  }

  static constexpr char kNoSuchName = 3;
  static constexpr char kServerFailure = 2;
  static constexpr int kSignature = 46;

  const int socket_;
  int port_;
  std::thread thread_;
};

}  // namespace posthorn::dns
