#include "common/admin/healthcheck.h"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>

namespace posthorn::admin {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

// A port of this machine; the kernel accepts connections, the test answers them or does not.
class AdminPort {
 public:
  std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }
  // To one request.
  void Answer(const std::string& response) {
    tcp::socket client = acceptor_.accept();
    char request[1024];
    client.read_some(asio::buffer(request));
    asio::write(client, asio::buffer(response));
  }

 private:
  asio::io_context context_;
  tcp::acceptor acceptor_{context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
};

bool AskAndAnswer(const std::string& response) {
  AdminPort port;
  std::thread server([&] { port.Answer(response); });
  const bool ready = AskReady(port.address(), std::chrono::seconds(60));
  server.join();
  return ready;
}

TEST(HealthcheckTest, TellsWhatTheServiceSays) {
  EXPECT_TRUE(AskAndAnswer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"));
  EXPECT_FALSE(
      AskAndAnswer("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 9\r\n\r\ndraining\n"));
  EXPECT_FALSE(AskAndAnswer("nonsense"));
}

TEST(HealthcheckTest, NobodyThereIsNotReady) {
  std::string address;
  {
    const AdminPort closed;
    address = closed.address();
  }
  EXPECT_FALSE(AskReady(address));
  EXPECT_FALSE(AskReady("no address"));
}

TEST(HealthcheckTest, DoesNotWaitForAServiceThatHangs) {
  const AdminPort silent;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(AskReady(silent.address(), std::chrono::milliseconds(50)));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

}  // namespace
}  // namespace posthorn::admin
