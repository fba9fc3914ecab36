// rspamd on loopback, as a test wants it.
#pragma once

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "smtp-gateway/testing/scripted_peer.h"

namespace posthorn::testing_support {

// With one answer to all questions.
class ScriptedRspamd {
 public:
  explicit ScriptedRspamd(std::string answer, std::string status = "200 OK")
      : answer_(std::move(answer)),
        status_(std::move(status)),
        peer_([this](PeerSocket& socket) { Serve(socket); }) {}
  std::string port() const { return peer_.port(); }
  // Heads and messages of what was asked.
  std::vector<std::pair<std::string, std::string>> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void Serve(PeerSocket& socket) {
    const std::string head = socket.ReadUntil("\r\n\r\n");
    const std::string field = "Content-Length: ";
    const size_t at = head.find(field);
    if (at == std::string::npos) {
      return;
    }
    const std::string message = socket.Read(std::stoul(head.substr(at + field.size())));
    {
      const std::lock_guard lock(mutex_);
      requests_.emplace_back(head, message);
    }
    socket.Write("HTTP/1.1 " + status_ + "\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(answer_.size()) + "\r\n\r\n" + answer_);
  }

  const std::string answer_;
  const std::string status_;
  std::mutex mutex_;  // of what follows
  std::vector<std::pair<std::string, std::string>> requests_;
  ScriptedPeer peer_;
};

}  // namespace posthorn::testing_support
