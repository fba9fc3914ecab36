// Which way of asking is taken: with libunbound and servers of DNS on the loopback that serve a
// signed root, or drop the signatures.
#include "smtp-gateway/dns/validating_resolver.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <optional>

#include "absl/strings/escaping.h"
#include "smtp-gateway/dns/unbound_resolver.h"
#include "smtp-gateway/testing/fake_resolver.h"
#include "smtp-gateway/testing/scripted_dns.h"

namespace posthorn::dns {
namespace {

using State = ValidatingResolver::State;

constexpr int kDnskey = 48;
constexpr int kNs = 2;
constexpr char kEd25519 = 15;

std::string Number(uint64_t value, int octets) {
  std::string text;
  for (int i = octets - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i));
  }
  return text;
}

// A key that signs the root (RFC 4034, RFC 8080).
class RootKey {
 public:
  RootKey() : key_(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")) {
    size_t size = 32;
    std::string octets(size, '\0');
    EVP_PKEY_get_raw_public_key(key_, reinterpret_cast<unsigned char*>(octets.data()), &size);
    dnskey_ = Number(257, 2) + '\3' + kEd25519 + octets;
  }
  ~RootKey() { EVP_PKEY_free(key_); }

  const std::string& dnskey() const { return dnskey_; }
  std::string ForFile() const {
    return ". IN DNSKEY 257 3 15 " + absl::Base64Escape(dnskey_.substr(4));
  }

  // RRSIG of the root's only record of the type.
  std::string Sign(int type, const std::string& rdata) const {
    const auto now = static_cast<uint64_t>(std::time(nullptr));
    std::string signature = Number(type, 2) + kEd25519 + '\0' + Number(60, 4) +
                            Number(now + 86400, 4) + Number(now - 86400, 4) + Number(Tag(), 2) +
                            '\0';
    const std::string signed_text = signature + '\0' + Number(type, 2) + Number(1, 2) +
                                    Number(60, 4) + Number(rdata.size(), 2) + rdata;
    size_t size = 64;
    std::string octets(size, '\0');
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, nullptr, nullptr, nullptr, key_);
    EVP_DigestSign(context, reinterpret_cast<unsigned char*>(octets.data()), &size,
                   reinterpret_cast<const unsigned char*>(signed_text.data()), signed_text.size());
    EVP_MD_CTX_free(context);
    return signature + octets;
  }

 private:
  uint64_t Tag() const {
    uint64_t sum = 0;
    for (size_t i = 0; i < dnskey_.size(); ++i) {
      sum += static_cast<uint64_t>(static_cast<unsigned char>(dnskey_[i])) << (i % 2 == 0 ? 8 : 0);
    }
    return (sum + (sum >> 16)) & 0xffff;
  }

  EVP_PKEY* key_;
  std::string dnskey_;
};

class ValidatingResolverTest : public testing::Test {
 protected:
  ValidatingResolverTest()
      : anchor_(testing::TempDir() + "/posthorn-root-" + std::to_string(::getpid())) {
    std::ofstream(anchor_) << key_.ForFile() << "\n";
    for (ScriptedDns* server : {&server_, &root_}) {
      server->records[{WireName(""), kNs}] = WireName("ns.example");
      server->records[{WireName(""), kDnskey}] = key_.dnskey();
      server->records[{WireName("mail.example"), 15}] =
          std::string("\0\5", 2) + WireName("mx.mail.example");
    }
  }
  ~ValidatingResolverTest() override { std::remove(anchor_.c_str()); }

  void Sign(ScriptedDns& server) {
    server.signatures[{WireName(""), kNs}] = key_.Sign(kNs, WireName("ns.example"));
    server.signatures[{WireName(""), kDnskey}] = key_.Sign(kDnskey, key_.dnskey());
  }

  std::unique_ptr<Resolver> Make(const UnboundOptions& options) {
    auto made = UnboundResolver::Make(context_.get_executor(), options);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  ValidatingResolver::Ways MakeWays() {
    server_.Start();
    root_.Start();
    UnboundOptions options;
    options.servers = {server_.address()};
    ValidatingResolver::Ways ways;
    ways.unvalidated = Make(options);
    options.trust_anchor = anchor_;
    ways.servers = Make(options);
    options.from_root = true;
    options.root_servers = {root_.address()};
    ways.from_root = Make(options);
    return ways;
  }

  template <class Result>
  Result Await(asio::awaitable<Result> task) {
    std::optional<Result> result;
    asio::co_spawn(context_, std::move(task),
                   [&](const std::exception_ptr&, Result got) { result = std::move(got); });
    context_.restart();
    while (!result.has_value()) {
      context_.run_one();
    }
    return *std::move(result);
  }

  const RootKey key_;
  const std::string anchor_;
  ScriptedDns server_;
  ScriptedDns root_;
  asio::io_context context_;
};

TEST_F(ValidatingResolverTest, TakesServersThatPassSignaturesOn) {
  Sign(server_);
  ValidatingResolver resolver(MakeWays());
  EXPECT_EQ(Await(resolver.Probe()), State::kServers);
  EXPECT_TRUE(Await(resolver.Query(".", Type::kNs)).secure);
}

TEST_F(ValidatingResolverTest, GoesToTheRootWhereServersDropSignatures) {
  Sign(root_);
  ValidatingResolver resolver(MakeWays());
  EXPECT_EQ(Await(resolver.Probe()), State::kFromRoot);
  EXPECT_TRUE(Await(resolver.Query(".", Type::kNs)).secure);
}

TEST_F(ValidatingResolverTest, DoesNotLeaveANetworkThatKnowsNoRoot) {
  server_.records.erase({WireName(""), kNs});
  Sign(root_);
  ValidatingResolver resolver(MakeWays());
  EXPECT_EQ(Await(resolver.Probe()), State::kUnvalidated);
}

TEST_F(ValidatingResolverTest, TakesWhatServersSayWhereNothingCanBeValidated) {
  ValidatingResolver resolver(MakeWays());
  EXPECT_EQ(Await(resolver.Probe()), State::kUnvalidated);
  const Answer answer = Await(resolver.Query("mail.example", Type::kMx));
  EXPECT_EQ(answer.outcome, Outcome::kData) << answer.reason;
  EXPECT_FALSE(answer.secure);
}

TEST_F(ValidatingResolverTest, WaitsWhereValidationIsRequired) {
  Sign(root_);
  ValidatingResolver::Ways ways = MakeWays();
  ways.required = true;
  ValidatingResolver resolver(std::move(ways));
  EXPECT_EQ(Await(resolver.Probe()), State::kBogus);
  EXPECT_TRUE(Await(resolver.Query("mail.example", Type::kMx)).bogus);
}

TEST_F(ValidatingResolverTest, TellsServersThatDoNotAnswerFromThoseThatDropSignatures) {
  server_.failing = WireName("");
  Sign(root_);
  ValidatingResolver resolver(MakeWays());
  EXPECT_EQ(Await(resolver.Probe()), State::kSilent);
  EXPECT_EQ(Await(resolver.Query("mail.example", Type::kMx)).outcome, Outcome::kFailed);
}

// What the DNS says of the root in turn.
struct RootSays {
  FakeResolver* servers;
  FakeResolver* unvalidated;

  void Set(bool answers, bool secure) const {
    for (FakeResolver* resolver : {servers, unvalidated}) {
      resolver->Fail(".", Type::kNs);
      if (answers) {
        resolver->Data(".", Type::kNs, secure && resolver == servers);
      }
    }
  }
};

TEST_F(ValidatingResolverTest, FollowsChanges) {
  ValidatingResolver::Ways ways;
  auto servers = std::make_unique<FakeResolver>();
  auto unvalidated = std::make_unique<FakeResolver>();
  const RootSays root{servers.get(), unvalidated.get()};
  servers->Data("x.example", Type::kMx, true);
  unvalidated->Data("x.example", Type::kMx, false);
  ways.servers = std::move(servers);
  ways.unvalidated = std::move(unvalidated);
  ValidatingResolver resolver(std::move(ways));
  const auto secure = [&] { return Await(resolver.Query("x.example", Type::kMx)).secure; };

  root.Set(true, false);
  EXPECT_EQ(Await(resolver.Probe()), State::kUnvalidated);
  EXPECT_FALSE(secure());
  root.Set(false, false);
  EXPECT_EQ(Await(resolver.Probe()), State::kSilent);
  EXPECT_FALSE(secure());
  root.Set(true, true);
  EXPECT_EQ(Await(resolver.Probe()), State::kServers);
  EXPECT_TRUE(secure());
}

TEST_F(ValidatingResolverTest, ValidatesNothingIfThatIsNotWanted) {
  ValidatingResolver::Ways ways;
  auto unvalidated = std::make_unique<FakeResolver>();
  unvalidated->Data(".", Type::kNs, false);
  ways.unvalidated = std::move(unvalidated);
  ValidatingResolver resolver(std::move(ways));
  EXPECT_EQ(Await(resolver.Probe()), State::kOff);
  EXPECT_EQ(Await(resolver.Query(".", Type::kNs)).outcome, Outcome::kData);
}

}  // namespace
}  // namespace posthorn::dns
