// What certificates are worth, with a server that has one.
#include "common/net/client_tls.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

#include "common/net/connect.h"
#include "common/net/listener.h"
#include "common/net/tls.h"
#include "common/testing/authority.h"
#include "common/testing/loopback.h"

namespace posthorn::net {
namespace {

class ClientTlsTest : public testing::Test {
 protected:
  ClientTlsTest() {
    files_ = authority_.Issue("mx.example.net");
    server_tls_ = *ServerTls::Load({authority_.directory()});
    ListenerOptions options;
    options.name = "test";
    options.address = "127.0.0.1:0";
    options.implicit_tls = true;
    listener_ = std::make_unique<Listener>(runtime_, options, server_tls_.get(),
                                           [](Stream& stream) -> asio::awaitable<void> {
                                             static_cast<void>(co_await stream.Write("hello"));
                                           });
    EXPECT_TRUE(listener_->Start().ok());
    thread_ = std::thread([this] { runtime_.Run(std::chrono::seconds(10)); });
  }
  ~ClientTlsTest() override {
    runtime_.RequestDrain();
    thread_.join();
  }

  // The check after a handshake; its reason is the handshake's error if that failed.
  PeerCheck Check(const ClientTlsOptions& options, bool trust_authority = true) {
    const auto tls = ClientTls::Make(trust_authority ? files_.ca : "");
    EXPECT_TRUE(tls.ok()) << tls.status();
    PeerCheck check;
    asio::io_context context;
    auto run = [&]() -> asio::awaitable<void> {
      const Endpoint server(asio::ip::address_v4::loopback(), listener_->port());
      const auto stream = co_await Connect(server, std::chrono::seconds(10));
      EXPECT_TRUE(stream.ok()) << stream.status();
      auto session = (*tls)->NewSession(options);
      EXPECT_TRUE(session.ok()) << session.status();
      const absl::Status status = co_await (*stream)->StartClientTls(*std::move(session));
      EXPECT_TRUE(status.ok()) << status;
      check = CheckPeer((*stream)->tls_session());
      char text[5];
      const auto size = co_await (*stream)->Read(text, sizeof text);
      EXPECT_TRUE(size.ok());
    };
    asio::co_spawn(context, run(), [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
    context.run();
    return check;
  }

  static std::string Digest(const std::string& octets) {
    unsigned char digest[32];
    EVP_Digest(octets.data(), octets.size(), digest, nullptr, EVP_sha256(), nullptr);
    return {reinterpret_cast<char*>(digest), sizeof digest};
  }
  // SHA-256 of a certificate's key.
  static std::string KeyDigest(const std::string& file) {
    FILE* const pem = std::fopen(file.c_str(), "r");
    X509* const certificate = PEM_read_X509(pem, nullptr, nullptr, nullptr);
    std::fclose(pem);
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    std::string octets(reinterpret_cast<char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    X509_free(certificate);
    return Digest(octets);
  }

  testing_support::Authority authority_;
  rpc::CertificateFiles files_;
  runtime::Runtime runtime_{1};
  std::unique_ptr<ServerTls> server_tls_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
};

TEST_F(ClientTlsTest, NamesAndAuthoritiesCount) {
  EXPECT_TRUE(Check({.server_name = "mx.example.net", .names = {"mx.example.net"}}).verified);
  EXPECT_TRUE(Check({.names = {"other.example", "mx.example.net"}}).verified);
  const PeerCheck other = Check({.names = {"other.example"}});
  EXPECT_FALSE(other.verified);
  EXPECT_EQ(other.failure_type, "certificate-host-mismatch");
  const PeerCheck stranger = Check({.names = {"mx.example.net"}}, false);
  EXPECT_FALSE(stranger.verified);
  EXPECT_EQ(stranger.failure_type, "certificate-not-trusted");
}

TEST_F(ClientTlsTest, DaneEeNeedsNoAuthorityAndNoName) {
  ClientTlsOptions options{.server_name = "other.example", .names = {"other.example"}};
  options.tlsa = {{3, 1, 1, KeyDigest(files_.cert)}};
  const PeerCheck check = Check(options, false);
  EXPECT_TRUE(check.verified) << check.reason;
  EXPECT_TRUE(check.by_dane);
  options.tlsa = {{3, 1, 1, Digest("other")}};
  EXPECT_FALSE(Check(options, true).verified);
  // One that fits is enough: keys are changed this way.
  options.tlsa.push_back({3, 1, 1, KeyDigest(files_.cert)});
  EXPECT_TRUE(Check(options, false).verified);
}

TEST_F(ClientTlsTest, ASessionThatIsNotVerifiedHasNoDane) {
  EXPECT_FALSE(Check({.names = {"mx.example.net"}}).by_dane);
}

TEST(ClientTls, NamesWhatItCannotUse) {
  EXPECT_FALSE(ClientTls::Make("/nowhere/ca.crt").ok());
  const auto tls = ClientTls::Make("");
  ASSERT_TRUE(tls.ok());
  EXPECT_FALSE((*tls)->NewSession({.certificate = "no PEM", .key = "no PEM"}).ok());
}

TEST(Connect, SaysThatNobodyListens) {
  asio::io_context context;
  auto run = []() -> asio::awaitable<void> {
    const auto port = static_cast<unsigned short>(testing_support::FreePort());
    const Endpoint server(asio::ip::address_v4::loopback(), port);
    const auto stream = co_await Connect(server, std::chrono::seconds(10));
    EXPECT_TRUE(absl::IsUnavailable(stream.status())) << stream.status();
  };
  asio::co_spawn(context, run(), [](const std::exception_ptr& error) { EXPECT_FALSE(error); });
  context.run();
}

}  // namespace
}  // namespace posthorn::net
