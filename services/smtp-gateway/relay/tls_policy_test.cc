// What TLS a next hop must have before mail goes to it.
#include "smtp-gateway/relay/tls_policy.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "smtp-gateway/testing/relay_tls_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing::HasSubstr;
using Attempt = v1::AttemptResult;

class TlsPolicyTest : public RelayTlsFixture {};

TEST_F(TlsPolicyTest, TakesTlsWhateverTheCertificate) {
  auto& server = Serve(script_);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(Result(10).tls(), HasSubstr("TLSv1.3"));
  EXPECT_THAT(Result(10).tls(), HasSubstr("unverified"));
  EXPECT_EQ(testing::Value(server.commands(), Contains("EHLO relay.example.org").Times(2)), true);
}

TEST_F(TlsPolicyTest, GoesOnInTheClearIfItMay) {
  script_.replies["STARTTLS"] = "454 4.7.0 not now";
  Serve(script_);
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(10).tls(), "");
}

TEST_F(TlsPolicyTest, ARouteMayWantTheCertificateVerified) {
  auto& server = Serve(script_);
  v1::Work work = OneRecipient();
  v1::Route& route = *work.mutable_route();
  route.set_host("mx.example.net");
  route.set_port(static_cast<uint32_t>(server.port()));
  route.set_tls(v1::Route::TLS_VERIFIED);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.7.5");
  source_.finished.clear();
  TrustAuthority();
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(Result(10).tls(), HasSubstr(" verified"));
}

TEST_F(TlsPolicyTest, DaneDecides) {
  const std::string name = "_" + std::to_string(Serve(script_).port()) + "._tcp.mx.example.net";
  resolver_.answers.clear();
  resolver_.AddMx("example.net", 10, "mx.example.net", true);
  resolver_.AddLoopback("mx.example.net", true);
  resolver_.Data(name, dns::Type::kTlsa, true).rdata = {std::string("\3\1\1", 3) +
                                                        std::string(32, 'x')};
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.7.5");

  // The digest of the key that the server has (3 1 1).
  X509* const certificate = SSL_CTX_get0_certificate(script_.tls.get());
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  unsigned char digest[32];
  EVP_Digest(der, static_cast<size_t>(size), digest, nullptr, EVP_sha256(), nullptr);
  OPENSSL_free(der);
  resolver_.answers[{name, dns::Type::kTlsa}].rdata = {
      std::string("\3\1\1", 3) + std::string(reinterpret_cast<char*>(digest), 32)};
  source_.finished.clear();
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(Result(10).tls(), HasSubstr("dane"));
  const auto report = report_.Take();
  ASSERT_EQ(report.sessions_size(), 2);
  EXPECT_EQ(report.sessions(0).policy_type(), "tlsa");

  // Records that are not known are no reason to go without.
  resolver_.Fail(name, dns::Type::kTlsa);
  source_.finished.clear();
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(report_.Take().sessions(0).failure_type(), "dnssec-invalid");
}

TEST_F(TlsPolicyTest, RequireTlsIsNeverLess) {
  Serve(script_);
  v1::Work work = OneRecipient();
  v1::OutboundEnvelope& envelope = *work.mutable_messages(0)->mutable_envelope();
  envelope.set_reverse_path("alice@example.com");
  envelope.set_require_tls(true);
  AddMessage(work, 2);
  AddRecipient(work, 2, "carol@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
  EXPECT_EQ(Result(10).status_code(), "5.7.30");
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
}

// RFC 8689 5: it tells less, and its sender's server may have lost the extension since.
TEST_F(TlsPolicyTest, ANotificationGoesWithoutRequireTlsWhereItIsNotOffered) {
  Serve(script_);
  v1::Work work = OneRecipient();
  v1::OutboundEnvelope& envelope = *work.mutable_messages(0)->mutable_envelope();
  envelope.clear_reverse_path();
  envelope.set_require_tls(true);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
}

class OnePolicy final : public StsPolicies {
 public:
  explicit OnePolicy(const std::string& text)
      : lookup_{StsPolicyFound{*ParseStsPolicy(text), text}, ""} {}
  explicit OnePolicy(StsLookup lookup) : lookup_(std::move(lookup)) {}
  asio::awaitable<StsLookup> Find(std::string) override { co_return lookup_; }

 private:
  const StsLookup lookup_;
};

TEST_F(TlsPolicyTest, AnStsPolicyIsEnforced) {
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(
      "version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 1000\n");
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(10).status_code(), "4.7.5");
  const auto report = report_.Take();
  ASSERT_EQ(report.sessions_size(), 1);
  EXPECT_EQ(report.sessions(0).policy_type(), "sts");
  EXPECT_EQ(report.sessions(0).failure_type(), "certificate-not-trusted");
  source_.finished.clear();
  TrustAuthority();
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
}

// RFC 8460 3: a report of failures must not fail by them, nor make the next one.
TEST_F(TlsPolicyTest, WhatAsksNothingOfTlsGoesWhereOthersMayNot) {
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(
      "version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 1000\n");
  v1::Work work = OneRecipient();
  for (const uint64_t message : {2, 3}) {
    AddMessage(work, message);
    AddRecipient(work, message, "tls@example.net");
  }
  work.mutable_messages(1)->mutable_envelope()->set_any_tls(true);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(30).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(source_.finished.back().more_recipients(), 0u);
  EXPECT_EQ(report_.Take().sessions_size(), 1);

  // Mail under the policy does not use a session that was made without.
  source_.finished.clear();
  work = OneRecipient();
  work.mutable_messages(0)->mutable_envelope()->set_any_tls(true);
  AddMessage(work, 2);
  AddRecipient(work, 2, "carol@example.net");
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DEFERRED);
}

TEST_F(TlsPolicyTest, APolicyThatCannotBeFetchedIsReported) {
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(StsLookup{.failure_type = "sts-webpki-invalid"});
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  std::map<std::string, std::string> types;
  const auto report = report_.Take();
  for (const v1::TlsSessions& sessions : report.sessions()) {
    types[sessions.policy_type()] = sessions.failure_type();
  }
  EXPECT_THAT(types, testing::UnorderedElementsAre(testing::Pair("sts", "sts-webpki-invalid"),
                                                   testing::Pair("no-policy-found", "")));
}

TEST_F(TlsPolicyTest, AnStsPolicyInTestingIsOnlyReported) {
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(
      "version: STSv1\nmode: testing\nmx: mx.example.net\nmax_age: 1000\n");
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  const auto report = report_.Take();
  ASSERT_EQ(report.sessions_size(), 1);
  EXPECT_EQ(report.sessions(0).failed(), 1u);
}

TEST_F(TlsPolicyTest, HostsThatAnStsPolicyDoesNotNameAreLeftOut) {
  auto& server = Serve(script_);
  TrustAuthority();
  sts_ = std::make_unique<OnePolicy>(
      "version: STSv1\nmode: enforce\nmx: other.example.net\nmax_age: 1000\n");
  Run(OneRecipient());
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_TRUE(server.commands().empty());
}

// ---- TLS-Required: No (RFC 8689 4.2.2)

constexpr char kEnforced[] = "version: STSv1\nmode: enforce\nmx: mx.example.net\nmax_age: 1000\n";

class TlsOptionalTest : public RelayTlsFixture {
 protected:
  // Message 1 and 3 insist on nothing, 2 goes by the policy.
  v1::Work Mixed() {
    v1::Work work = OneRecipient();
    for (const uint64_t id : {2, 3}) {
      AddMessage(work, id);
      AddRecipient(work, id, "carol@example.net");
    }
    for (const int i : {0, 2}) {
      work.mutable_messages(i)->mutable_envelope()->set_tls_optional(true);
    }
    return work;
  }
  void ExpectOnlyOptionalDelivered(const std::string& tls) {
    EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
    EXPECT_EQ(Result(20).outcome(), Attempt::OUTCOME_DEFERRED);
    EXPECT_THAT(Result(20).status_code(), HasSubstr("4.7."));
    EXPECT_EQ(Result(30).outcome(), Attempt::OUTCOME_DELIVERED);
    EXPECT_THAT(Result(30).tls(), HasSubstr(tls));
    EXPECT_EQ(Result(30).tls().empty(), tls.empty());
    EXPECT_EQ(server_->messages().size(), 2u);
  }
  // Records that no certificate here matches.
  void PublishTlsa() {
    const std::string name = "_" + std::to_string(server_->port()) + "._tcp.mx.example.net";
    resolver_.answers.clear();
    resolver_.AddMx("example.net", 10, "mx.example.net", true);
    resolver_.AddLoopback("mx.example.net", true);
    resolver_.Data(name, dns::Type::kTlsa, true).rdata = {std::string("\3\1\1", 3) +
                                                          std::string(32, 'x')};
  }
};

TEST_F(TlsOptionalTest, GoesWhereTheCertificateDoesNotHold) {
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(kEnforced);
  Run(Mixed());
  ExpectOnlyOptionalDelivered("unverified");
}

TEST_F(TlsOptionalTest, GoesWhereThePolicyNamesOtherHosts) {
  Serve(script_);
  TrustAuthority();
  sts_ = std::make_unique<OnePolicy>(
      "version: STSv1\nmode: enforce\nmx: other.example.net\nmax_age: 1000\n");
  Run(Mixed());
  ExpectOnlyOptionalDelivered(" verified");
}

TEST_F(TlsOptionalTest, GoesInTheClearWhereTlsIsNotOffered) {
  Serve();
  sts_ = std::make_unique<OnePolicy>(kEnforced);
  Run(Mixed());
  ExpectOnlyOptionalDelivered("");
}

TEST_F(TlsOptionalTest, GoesInTheClearWhereTlsFails) {
  script_.replies["STARTTLS"] = "220 ready\r\nno TLS at all";
  Serve(script_);
  sts_ = std::make_unique<OnePolicy>(kEnforced);
  Run(Mixed());
  ExpectOnlyOptionalDelivered("");
}

TEST_F(TlsOptionalTest, GoesWhereDaneDoesNotHold) {
  Serve(script_);
  PublishTlsa();
  Run(Mixed());
  ExpectOnlyOptionalDelivered("unverified");
  EXPECT_GT(report_.Take().sessions_size(), 0);
}

TEST_F(TlsOptionalTest, GoesWhereTlsaRecordsAreNotKnown) {
  Serve(script_);
  PublishTlsa();
  resolver_.Fail("_" + std::to_string(server_->port()) + "._tcp.mx.example.net", dns::Type::kTlsa);
  Run(Mixed());
  ExpectOnlyOptionalDelivered("unverified");
}

// What holds serves all.
TEST_F(TlsOptionalTest, SharesASessionThatIsAsItShouldBe) {
  auto& server = Serve(script_);
  TrustAuthority();
  sts_ = std::make_unique<OnePolicy>(kEnforced);
  Run(Mixed());
  for (const uint64_t recipient : {10, 20, 30}) {
    EXPECT_EQ(Result(recipient).outcome(), Attempt::OUTCOME_DELIVERED) << recipient;
    EXPECT_THAT(Result(recipient).tls(), HasSubstr(" sts"));
  }
  EXPECT_EQ(testing::Value(server.commands(), Contains("<connected>").Times(1)), true);
}

TEST_F(TlsOptionalTest, DoesNotTakeBackRequireTls) {
  Serve(script_);
  v1::Work work = OneRecipient();
  v1::OutboundEnvelope& envelope = *work.mutable_messages(0)->mutable_envelope();
  envelope.set_reverse_path("alice@example.com");
  envelope.set_tls_optional(true);
  envelope.set_require_tls(true);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_FAILED);
}

TEST_F(TlsOptionalTest, ARouteIsTheAdministratorsWord) {
  auto& server = Serve(script_);
  v1::Work work = ByRoute(v1::Route::TLS_VERIFIED);
  work.mutable_messages(0)->mutable_envelope()->set_tls_optional(true);
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_TRUE(server.messages().empty());
}

}  // namespace
}  // namespace posthorn::relay
