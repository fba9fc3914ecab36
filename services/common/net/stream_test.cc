// Streams, input buffers and listeners against real sockets.
#include "common/net/stream.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <future>
#include <stdexcept>
#include <thread>

#include "common/metrics/metrics.h"
#include "common/net/input_buffer.h"
#include "common/net/listener.h"
#include "common/testing/authority.h"

namespace posthorn::net {
namespace {

using asio::ip::tcp;
using std::chrono::milliseconds;

// A service of one port, on its own threads, and a blocking client.
class StreamTest : public testing::Test {
 protected:
  StreamTest() {
    authority_.Issue("mail.example.org");
    tls_ = *ServerTls::Load({authority_.directory()});
  }
  ~StreamTest() override {
    if (thread_.joinable()) {
      runtime_.RequestDrain();
      thread_.join();
    }
  }
  void Serve(SessionHandler handler, ListenerOptions options = {}) {
    options.name = "test";
    options.address = "127.0.0.1:0";
    listener_ = std::make_unique<Listener>(runtime_, options, tls_.get(), std::move(handler));
    ASSERT_TRUE(listener_->Start().ok());
    thread_ = std::thread([this] { clean_ = runtime_.Run(std::chrono::seconds(10)); });
  }
  tcp::socket Connect() {
    tcp::socket socket(client_context_);
    socket.connect({asio::ip::address_v4::loopback(), listener_->port()});
    return socket;
  }
  static std::string ReadAll(tcp::socket& socket) {
    std::string text;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(text), error);
    return text;
  }

  testing_support::Authority authority_;
  runtime::Runtime runtime_{2};
  std::unique_ptr<ServerTls> tls_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
  bool clean_ = false;
  asio::io_context client_context_;
};

asio::awaitable<void> EchoLines(Stream& stream) {
  InputBuffer input(stream);
  while (true) {
    const auto line = co_await input.ReadLine(1000);
    if (!line.ok()) {
      const std::string outcome = absl::IsResourceExhausted(line.status())  ? "too long\n"
                                  : absl::IsDeadlineExceeded(line.status()) ? "too late\n"
                                                                            : "";
      stream.ExpiresAfter(milliseconds(5000));
      static_cast<void>(co_await stream.Write(outcome));
      co_return;
    }
    const std::string copy(*line);
    static_cast<void>(co_await stream.Write(copy));
  }
}

TEST_F(StreamTest, GivesLinesHoweverTheyAreCut) {
  Serve(EchoLines);
  auto client = Connect();
  for (const char* piece : {"on", "e\r", "\ntwo\nth", "ree\r\n"}) {
    asio::write(client, asio::buffer(std::string(piece)));
  }
  client.shutdown(tcp::socket::shutdown_send);
  EXPECT_EQ(ReadAll(client), "one\r\ntwo\nthree\r\n");
}

TEST_F(StreamTest, RefusesALineOverTheLimit) {
  Serve(EchoLines);
  auto client = Connect();
  asio::write(client, asio::buffer(std::string(1000, 'x')));
  EXPECT_EQ(ReadAll(client), "too long\n");
}

TEST_F(StreamTest, EndsAReadAtItsDeadline) {
  Serve([](Stream& stream) -> asio::awaitable<void> {
    stream.ExpiresAfter(milliseconds(50));
    co_await EchoLines(stream);
  });
  auto client = Connect();
  EXPECT_EQ(ReadAll(client), "too late\n");
}

TEST_F(StreamTest, WritesMoreThanTheSocketHolds) {
  constexpr size_t kOctets = 30 << 20;
  Serve([](Stream& stream) -> asio::awaitable<void> {
    const std::string large(kOctets, 'y');
    static_cast<void>(co_await stream.Write(large));
  });
  auto client = Connect();
  EXPECT_EQ(ReadAll(client).size(), kOctets);
}

asio::awaitable<void> TellWait(Stream& stream) {
  InputBuffer input(stream);
  stream.ExpiresAfter(milliseconds(20000));
  const Wait wait = co_await input.WaitForInput();
  const std::string text = wait == Wait::kReadable   ? "readable"
                           : wait == Wait::kWoken    ? "woken"
                           : wait == Wait::kDraining ? "draining"
                                                     : "timeout";
  static_cast<void>(co_await stream.Write(text));
}

TEST_F(StreamTest, AWaitEndsWithInput) {
  Serve(TellWait);
  auto client = Connect();
  asio::write(client, asio::buffer("x", 1));
  EXPECT_EQ(ReadAll(client), "readable");
}

TEST_F(StreamTest, AWaitEndsWithADrain) {
  std::promise<void> begun;
  Serve([&begun](Stream& stream) -> asio::awaitable<void> {
    begun.set_value();
    co_await TellWait(stream);
  });
  auto client = Connect();
  begun.get_future().wait();
  runtime_.RequestDrain();
  EXPECT_EQ(ReadAll(client), "draining");
  thread_.join();
  EXPECT_TRUE(clean_);
}

TEST_F(StreamTest, ADrainEndsWhatHasALongerDeadline) {
  std::promise<void> begun;
  ListenerOptions options;
  options.grace = std::chrono::seconds(1);
  Serve(
      [&begun](Stream& stream) -> asio::awaitable<void> {
        stream.ExpiresAfter(std::chrono::minutes(5));
        begun.set_value();
        co_await EchoLines(stream);
      },
      options);
  auto client = Connect();
  begun.get_future().wait();
  runtime_.RequestDrain();
  EXPECT_EQ(ReadAll(client), "too late\n");
  thread_.join();
  EXPECT_TRUE(clean_);
}

TEST_F(StreamTest, ADrainEndsAWriteThatNobodyReads) {
  std::promise<void> begun;
  ListenerOptions options;
  options.grace = std::chrono::seconds(1);
  Serve(
      [&begun](Stream& stream) -> asio::awaitable<void> {
        stream.ExpiresAfter(std::chrono::minutes(5));
        begun.set_value();
        const std::string large(100 << 20, 'y');
        static_cast<void>(co_await stream.Write(large));
      },
      options);
  auto client = Connect();
  begun.get_future().wait();
  runtime_.RequestDrain();
  thread_.join();
  EXPECT_TRUE(clean_);
}

TEST_F(StreamTest, ASessionThatAnExceptionEndsIsForgotten) {
  ListenerOptions options;
  options.max_connections = 1;
  Serve(
      [](Stream& stream) -> asio::awaitable<void> {
        static_cast<void>(co_await stream.Write("hello\n"));
        throw std::runtime_error("a defect");
      },
      options);
  for (int i = 0; i < 3; ++i) {
    auto client = Connect();
    EXPECT_EQ(ReadAll(client), "hello\n");
  }
  runtime_.RequestDrain();
  thread_.join();
  EXPECT_TRUE(clean_);
}

TEST_F(StreamTest, ShowsTheExpiryOfEachCertificate) {
  namespace fs = std::filesystem;
  for (const char* folder : {"one.example", "two.example"}) {
    const fs::path directory = fs::path(authority_.directory()) / folder;
    fs::create_directory(directory);
    fs::copy_file(fs::path(authority_.directory()) / "mail.example.org.crt",
                  directory / "fullchain.pem");
    fs::copy_file(fs::path(authority_.directory()) / "mail.example.org.key",
                  directory / "privkey.pem");
  }
  ASSERT_TRUE(ServerTls::Load({authority_.directory()}).ok());
  const std::string text = metrics::Text();
  for (const char* name : {"one.example/fullchain.pem", "two.example/fullchain.pem"}) {
    EXPECT_NE(text.find(std::string("name=\"") + name + '"'), std::string::npos) << name;
  }
}

TEST_F(StreamTest, AWaitEndsWhenWoken) {
  Serve([](Stream& stream) -> asio::awaitable<void> {
    asio::post(stream.executor(), [&stream] { stream.Wake(); });
    co_await TellWait(stream);
  });
  auto client = Connect();
  EXPECT_EQ(ReadAll(client), "woken");
}

TEST_F(StreamTest, AWakeThatCameBeforeTheWaitIsNotLost) {
  Serve([](Stream& stream) -> asio::awaitable<void> {
    stream.Wake();
    co_await TellWait(stream);
  });
  auto client = Connect();
  EXPECT_EQ(ReadAll(client), "woken");
}

TEST_F(StreamTest, SeesThatThePeerHasLeftBehindWhatWasNotRead) {
  std::promise<bool> looked;
  std::promise<void> left;
  Serve([&](Stream& stream) -> asio::awaitable<void> {
    static_cast<void>(co_await stream.WaitReadable());
    looked.set_value(stream.PeerHasLeft());
    while (!stream.PeerHasLeft()) {
      co_await runtime::Sleep(milliseconds(1));
    }
    left.set_value();
  });
  auto client = Connect();
  asio::write(client, asio::buffer("not read", 8));
  EXPECT_FALSE(looked.get_future().get());
  client.close();
  EXPECT_EQ(left.get_future().wait_for(std::chrono::minutes(1)), std::future_status::ready);
}

TEST_F(StreamTest, LimitsConnectionsOfOneAddress) {
  ListenerOptions options;
  options.max_connections_per_address = 1;
  options.refusal = "full\n";
  Serve(EchoLines, options);
  auto first = Connect();
  asio::write(first, asio::buffer("a\n", 2));
  char echo[2];
  asio::read(first, asio::buffer(echo));
  auto second = Connect();
  EXPECT_EQ(ReadAll(second), "full\n");
}

asio::awaitable<void> TellPeer(Stream& stream) {
  const std::string text = stream.peer().address().to_string();
  static_cast<void>(co_await stream.Write(text));
}

ListenerOptions BehindProxy() {
  ListenerOptions options;
  options.proxies = *NetworkList::Parse("127.0.0.0/8");
  return options;
}

TEST_F(StreamTest, TakesTheClientsAddressFromTheProxy) {
  Serve(TellPeer, BehindProxy());
  auto client = Connect();
  const std::string header(
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0C\xC0\x00\x02\x01\xC6\x33\x64\x02\x30\x39\x00\x19", 28);
  asio::write(client, asio::buffer(header));
  EXPECT_EQ(ReadAll(client), "192.0.2.1");
}

TEST_F(StreamTest, AProxyThatNamesNoClientIsRefused) {
  Serve(TellPeer, BehindProxy());
  auto client = Connect();
  asio::write(client, asio::buffer(std::string("EHLO some.where.example\r\n")));
  EXPECT_EQ(ReadAll(client), "");
}

TEST_F(StreamTest, SpeaksTlsFromTheFirstOctet) {
  ListenerOptions options;
  options.implicit_tls = true;
  Serve(EchoLines, options);
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.load_verify_file(authority_.directory() + "/ca.crt");
  context.set_verify_mode(asio::ssl::verify_peer);
  asio::ssl::stream<tcp::socket> client(Connect(), context);
  client.handshake(asio::ssl::stream_base::client);
  const std::string sent(900, 'z');
  std::string got;
  for (int i = 0; i < 1000; ++i) {
    asio::write(client, asio::buffer(sent + "\n"));
  }
  for (int i = 0; i < 1000; ++i) {
    asio::read_until(client, asio::dynamic_buffer(got), '\n');
    ASSERT_EQ(got.substr(0, 901), sent + "\n");
    got.erase(0, 901);
  }
}

TEST_F(StreamTest, ABrokenTlsHandshakeEndsTheConnection) {
  ListenerOptions options;
  options.implicit_tls = true;
  Serve(EchoLines, options);
  auto client = Connect();
  asio::write(client, asio::buffer(std::string("this is not a ClientHello\r\n")));
  EXPECT_EQ(ReadAll(client).find("this is"), std::string::npos);
}

TEST_F(StreamTest, NewCertificatesAreTaken) {
  const auto before = tls_->Current();
  EXPECT_TRUE(tls_->ReloadIfChanged().ok());
  EXPECT_EQ(tls_->Current(), before) << "nothing changed";
  authority_.Issue("mail.example.org");
  EXPECT_TRUE(tls_->ReloadIfChanged().ok());
  EXPECT_NE(tls_->Current(), before);
}

TEST_F(StreamTest, AnUnusableCertificateLeavesTheOldOne) {
  const auto before = tls_->Current();
  const std::string path = authority_.directory() + "/mail.example.org.key";
  FILE* file = std::fopen(path.c_str(), "w");
  std::fputs("not a key", file);
  std::fclose(file);
  EXPECT_FALSE(tls_->ReloadIfChanged().ok());
  EXPECT_EQ(tls_->Current(), before);
}

}  // namespace
}  // namespace posthorn::net
