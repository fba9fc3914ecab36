#include "smtp-gateway/testing/scripted_server.h"

#include <algorithm>
#include <utility>

namespace posthorn::testing_support {

// One connection, served until it ends.
class ScriptedServer::Client {
 public:
  Client(ScriptedServer& server, PeerSocket& socket) : server_(server), socket_(socket) {}

  void Serve() {
    Note("<connected>");
    if (server_.script_.implicit_tls && !socket_.StartTls(server_.script_.tls.get())) {
      return;
    }
    Say(server_.script_.greeting);
    std::string line;
    while (open_ && ReadLine(line)) {
      Note(line);
      Answer(line);
    }
  }

 private:
  static bool Begins(const std::string& line, const std::string& beginning) {
    return line.compare(0, beginning.size(), beginning) == 0;
  }

  void Note(const std::string& line) {
    {
      const std::lock_guard lock(server_.mutex_);
      server_.commands_.push_back(line);
    }
    if (server_.script_.heard) {
      server_.script_.heard(line);
    }
  }

  void Say(const std::string& reply) {
    if (reply == "<silence>") {
      while (!socket_.Read(1).empty()) {
      }
    }
    if (reply == "<close>" || reply == "<silence>") {
      open_ = false;
      return;
    }
    socket_.Write(reply + "\r\n");
  }

  bool ReadLine(std::string& line) {
    line = socket_.ReadUntil("\r\n");
    const bool whole = line.size() >= 2 && line.compare(line.size() - 2, 2, "\r\n") == 0;
    line.resize(whole ? line.size() - 2 : 0);
    return whole;
  }

  std::string ReplyTo(const std::string& line) const {
    const std::pair<const std::string, std::string>* best = nullptr;
    for (const auto& entry : server_.script_.replies) {
      if (Begins(line, entry.first) &&
          (best == nullptr || entry.first.size() > best->first.size())) {
        best = &entry;
      }
    }
    return best == nullptr ? "" : best->second;
  }

  std::string Greeting() const {
    std::vector<std::string> offered = server_.script_.extensions;
    if (server_.script_.tls && socket_.tls() == nullptr) {
      offered.push_back("STARTTLS");
    }
    std::string reply = "250-mx.example.net";
    for (const std::string& extension : offered) {
      reply += "\r\n250-" + extension;
    }
    return reply + "\r\n250 HELP";
  }

  void Answer(const std::string& line) {
    const std::string scripted = ReplyTo(line);
    if (Begins(line, "BDAT") && scripted.empty()) {
      Chunk(line);
    } else if (!scripted.empty()) {
      Say(scripted);
      if (scripted[0] == '3' && line == "DATA") {
        Data();
      }
    } else if (Begins(line, "EHLO") || Begins(line, "LHLO")) {
      Say(Greeting());
    } else if (Begins(line, "MAIL") || Begins(line, "RCPT")) {
      accepted_.envelope.push_back(line);
      Say("250 2.1.0 ok");
    } else if (line == "DATA") {
      const bool any = accepted_.envelope.size() > 1;
      Say(any ? "354 go on" : "554 5.5.1 no recipients");
      if (any) {
        Data();
      }
    } else if (line == "STARTTLS") {
      Say("220 ready");
      open_ = socket_.StartTls(server_.script_.tls.get());
    } else if (line == "RSET") {
      accepted_ = {};
      Say("250 2.0.0 ok");
    } else if (line == "QUIT") {
      Say("221 2.0.0 bye");
      open_ = false;
    } else {
      Say("500 5.5.2 unknown");
    }
  }

  void Data() {
    std::string line;
    while (ReadLine(line)) {
      if (line == ".") {
        EndMessage();
        return;
      }
      accepted_.data += (line[0] == '.' ? line.substr(1) : line) + "\r\n";
    }
    open_ = false;
  }

  void Chunk(const std::string& line) {
    const size_t size = std::stoul(line.substr(5));
    const std::string chunk = socket_.Read(size);
    if (chunk.size() < size) {
      open_ = false;
      return;
    }
    accepted_.data += chunk;
    if (line.find("LAST") == std::string::npos) {
      Say("250 2.0.0 more");
    } else {
      EndMessage();
    }
  }

  void EndMessage() {
    Note("<end>");
    std::string reply;
    {
      const std::lock_guard lock(server_.mutex_);
      server_.messages_.push_back(std::exchange(accepted_, {}));
      const auto& ends = server_.script_.ends;
      reply = ends[std::min(server_.ended_++, ends.size() - 1)];
    }
    Say(reply);
    open_ = open_ && ++messages_ < server_.script_.messages_per_connection;
  }

  ScriptedServer& server_;
  PeerSocket& socket_;
  bool open_ = true;
  ReceivedMessage accepted_;
  size_t messages_ = 0;
};

ScriptedServer::ScriptedServer(ServerScript script)
    : script_(std::move(script)),
      peer_([this](PeerSocket& socket) { Client(*this, socket).Serve(); }) {}

std::vector<ReceivedMessage> ScriptedServer::messages() {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<std::string> ScriptedServer::commands() {
  const std::lock_guard lock(mutex_);
  return commands_;
}

}  // namespace posthorn::testing_support
