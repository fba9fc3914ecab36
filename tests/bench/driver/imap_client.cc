#include "imap_client.h"

namespace posthorn::bench {
namespace {

class CapabilityHandler : public ResponseHandler {
 public:
  explicit CapabilityHandler(const std::string& name) : name_(" " + name + " ") {}
  void OnLine(std::string_view line) override {
    if (line.starts_with("* CAPABILITY ")) {
      found = (std::string(line) + " ").find(name_) != std::string::npos;
    }
  }
  bool found = false;

 private:
  std::string name_;
};

}  // namespace

Awaitable<void> ImapClient::Login(std::uint16_t port, std::string user, std::string password) {
  co_await connection_.Connect(port);
  const std::string_view greeting = co_await connection_.Line();
  if (!greeting.starts_with("* OK")) {
    throw UnexpectedReply("IMAP greeting", greeting);
  }
  co_await Command("LOGIN " + user + " " + password);
}

Awaitable<std::uint32_t> ImapClient::Select(std::string mailbox) {
  SelectHandler handler;
  co_await Command("SELECT " + mailbox, &handler);
  if (!handler.exists) {
    throw UnexpectedReply("SELECT " + mailbox, "no EXISTS");
  }
  co_return *handler.exists;
}

Awaitable<std::uint32_t> ImapClient::StatusMessages(std::string mailbox) {
  StatusHandler handler;
  co_await Command("STATUS " + mailbox + " (MESSAGES)", &handler);
  if (!handler.messages) {
    throw UnexpectedReply("STATUS " + mailbox, "no MESSAGES");
  }
  co_return *handler.messages;
}

Awaitable<bool> ImapClient::HasCapability(std::string name) {
  CapabilityHandler handler(name);
  co_await Command("CAPABILITY", &handler);
  co_return handler.found;
}

Awaitable<void> ImapClient::Command(std::string text, ResponseHandler* handler) {
  const std::string tag = NextTag();
  const std::string line = tag + " " + text + "\r\n";
  co_await connection_.Send(line);
  co_await Finish(tag, handler);
}

Awaitable<void> ImapClient::Logout() {
  co_await Command("LOGOUT");
  co_await connection_.ExpectClose();
}

Awaitable<void> ImapClient::StartIdle() {
  idle_tag_ = NextTag();
  const std::string command = idle_tag_ + " IDLE\r\n";
  co_await connection_.Send(command);
  std::string_view line = co_await connection_.Line();
  while (line.starts_with("* ")) {
    line = co_await connection_.Line();
  }
  if (!line.starts_with("+")) {
    throw UnexpectedReply("IDLE", line);
  }
}

Awaitable<void> ImapClient::EndIdle() {
  co_await connection_.Send("DONE\r\n");
  co_await Finish(idle_tag_, nullptr);
}

Awaitable<void> ImapClient::Finish(std::string tag, ResponseHandler* handler) {
  const std::string ok = tag + " OK";
  for (;;) {
    std::string_view line;
    while (!connection_.TryLine(line)) {
      co_await connection_.Fill();
    }
    if (!line.starts_with("* ")) {
      if (!line.starts_with(ok)) {
        throw UnexpectedReply("IMAP command " + tag, line);
      }
      co_return;
    }
    if (handler != nullptr) {
      handler->OnLine(line);
    }
    for (auto size = LiteralSize(line); size; size = LiteralSize(line)) {
      const std::string_view octets = co_await connection_.Octets(*size);
      if (handler != nullptr) {
        handler->OnLiteral(octets);
      }
      line = co_await connection_.Line();
      if (handler != nullptr) {
        handler->OnContinuation(line);
      }
    }
  }
}

}  // namespace posthorn::bench
