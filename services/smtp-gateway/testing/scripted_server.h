// A server of SMTP or LMTP that says what a test wants it to, on a thread of its own.
#pragma once

#include <openssl/ssl.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "smtp-gateway/testing/scripted_peer.h"

namespace posthorn::testing_support {

struct ServerScript {
  std::string greeting = "220 mx.example.net ESMTP";
  std::vector<std::string> extensions = {"PIPELINING", "8BITMIME", "SIZE 1000000", "DSN"};
  // By the beginning of a command line, the longest that fits; "<close>" ends the connection,
  // "<silence>" is no reply until the client goes. What is not here gets the reply that lets mail
  // through.
  std::map<std::string, std::string> replies;
  // After the end of each message, in turn; the last one goes on. With "\r\n" between several.
  std::vector<std::string> ends = {"250 2.0.0 queued"};
  // Then it ends the connection without a word.
  size_t messages_per_connection = 1000;
  // STARTTLS is offered with it.
  std::shared_ptr<SSL_CTX> tls;
  bool implicit_tls = false;  // TLS from the first octet instead
  // Told of each line of commands() before it is answered, on the server's thread.
  std::function<void(const std::string&)> heard;
};

struct ReceivedMessage {
  std::vector<std::string> envelope;  // lines of MAIL and RCPT that were accepted
  std::string data;                   // dots undone
};

// One connection after the other.
class ScriptedServer {
 public:
  explicit ScriptedServer(ServerScript script);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  int port() const { return peer_.port_number(); }
  std::vector<ReceivedMessage> messages();
  // Of all connections; "<connected>" begins each, "<end>" is the end of a message.
  std::vector<std::string> commands();

 private:
  class Client;

  const ServerScript script_;
  std::mutex mutex_;  // of what follows
  std::vector<ReceivedMessage> messages_;
  std::vector<std::string> commands_;
  size_t ended_ = 0;
  ScriptedPeer peer_;
};

}  // namespace posthorn::testing_support
