// A session on one end of a loopback connection, the test's client on the other.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>

#include "absl/flags/flag.h"
#include "absl/strings/escaping.h"
#include "common/gateway/gateway.h"
#include "smtp-gateway/session/session.h"
#include "smtp-gateway/testing/fake_mail_store.h"

namespace posthorn::smtp {

class SessionFixture : public testing::Test {
 protected:
  using tcp = asio::ip::tcp;

  SessionFixture() {
    server_.hostname = "mx.example.org";
    server_.postmaster = "postmaster@mx.example.org";
    server_.store = &store_;
    server_.metrics = &metrics_;
    server_.limits.linger = std::chrono::milliseconds(200);
  }
  ~SessionFixture() override {
    End();
    absl::SetFlag(&FLAGS_dev_plaintext_auth, false);
  }

  // Connects; nothing has been read yet. `early` is sent before the session begins.
  void Connect(Role role = Role::kMx, const std::string& early = "") {
    constexpr const char* kNames[] = {"mx", "submission", "lmtp"};
    port_ = {kNames[static_cast<int>(role)], role};
    tcp::acceptor acceptor(server_context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    tcp::socket accepted = acceptor.accept();
    asio::write(client_, asio::buffer(early));
    if (!early.empty()) {
      accepted.wait(tcp::socket::wait_read);
    }
    const auto peer = accepted.remote_endpoint();
    const auto local = accepted.local_endpoint();
    stream_ = std::make_unique<net::Stream>(std::move(accepted), peer, local);
    asio::co_spawn(server_context_, RunSession(), asio::detached);
    thread_ = std::thread([this] { server_context_.run(); });
  }

  void Send(const std::string& octets) { asio::write(client_, asio::buffer(octets)); }

  // The next reply, all its lines, with CRLF between them and none at the end. Empty when the
  // server has closed.
  std::string Reply() {
    std::string reply;
    while (true) {
      const std::string line = Line();
      reply += (reply.empty() ? "" : "\r\n") + line;
      if (line.size() < 4 || line[3] != '-') {
        return reply;
      }
    }
  }

  std::string Ask(const std::string& command) {
    Send(command + "\r\n");
    return Reply();
  }

  // Greeting and EHLO.
  void Hello(Role role = Role::kMx) {
    Connect(role);
    ASSERT_EQ(Reply().substr(0, 4), "220 ");
    ASSERT_EQ(Ask("EHLO client.example").substr(0, 4), "250-");
  }

  // A submission session of alice@example.org.
  void Login() {
    absl::SetFlag(&FLAGS_dev_plaintext_auth, true);
    Hello(Role::kSubmission);
    const std::string response("\0alice@example.org\0secret", 25);
    ASSERT_EQ(Ask("AUTH PLAIN " + absl::Base64Escape(response)).substr(0, 4), "235 ");
  }

  // The reply to the final dot.
  std::string SendData(const std::string& data) {
    EXPECT_EQ(Ask("DATA").substr(0, 4), "354 ");
    Send(data);
    return Reply();
  }

  // What is in hand may go on for so long.
  void Drain(std::chrono::milliseconds time = std::chrono::minutes(1)) {
    asio::post(server_context_, [this, time] {
      const auto last_read = net::SteadyClock::now() + time;
      stream_->Drain(last_read, last_read + std::chrono::minutes(1));
    });
  }

  // Ends the session from the client's side if need be, and waits for it.
  void End() {
    boost::system::error_code ignored;
    client_.close(ignored);
    if (thread_.joinable()) {
      thread_.join();
    }
  }

  FakeMailStore store_;
  SessionMetrics metrics_;
  Server server_;

 private:
  std::string Line() {
    boost::system::error_code error;
    const size_t size = asio::read_until(client_, asio::dynamic_buffer(received_), "\r\n", error);
    if (error) {
      return "";
    }
    const std::string line = received_.substr(0, size - 2);
    received_.erase(0, size);
    return line;
  }

  asio::awaitable<void> RunSession() {
    Session session(server_, port_, *stream_);
    co_await session.Run();
    stream_->Close();
  }

  Port port_;
  asio::io_context server_context_;
  asio::io_context client_context_;
  tcp::socket client_{client_context_};
  std::string received_;
  std::unique_ptr<net::Stream> stream_;
  std::thread thread_;
};

}  // namespace posthorn::smtp
