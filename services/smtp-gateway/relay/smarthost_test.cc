// Next hops that an administrator set: TLS from the first octet, logins, certificates of ours.
#include <gmock/gmock.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fstream>
#include <iterator>

#include "smtp-gateway/testing/relay_tls_fixture.h"

namespace posthorn::relay {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using Attempt = v1::AttemptResult;

class SmarthostTest : public RelayTlsFixture {
 protected:
  SmarthostTest() { TrustAuthority(); }

  v1::Work WithLogin(v1::Route::Tls tls) {
    v1::Work work = ByRoute(tls);
    work.mutable_route()->set_username("us");
    work.mutable_route()->set_password("secret");
    return work;
  }
  void ExpectWaits(const std::string& status_code, const std::string& reason) {
    EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
    EXPECT_EQ(Result(10).status_code(), status_code);
    EXPECT_THAT(Result(10).diagnostic(), HasSubstr(reason));
    EXPECT_THAT(server_->commands(), Not(Contains(HasSubstr("MAIL"))));
  }
};

TEST_F(SmarthostTest, LogsInByPlain) {
  script_.extensions.push_back("AUTH LOGIN PLAIN");
  script_.replies["AUTH"] = "235 2.7.0 welcome";
  auto& server = Serve(script_);
  Run(WithLogin(v1::Route::TLS_VERIFIED));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(server.commands(), Contains("AUTH PLAIN AHVzAHNlY3JldA=="));
}

TEST_F(SmarthostTest, LogsInByLogin) {
  script_.extensions.push_back("AUTH LOGIN X-OTHER");
  script_.replies = {{"AUTH LOGIN", "334 VXNlcm5hbWU6"},
                     {"dXM=", "334 UGFzc3dvcmQ6"},
                     {"c2VjcmV0", "235 2.7.0 welcome"}};
  auto& server = Serve(script_);
  Run(WithLogin(v1::Route::TLS_VERIFIED));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(server.commands(), Contains("c2VjcmV0"));
}

TEST_F(SmarthostTest, ARefusedLoginWaits) {
  for (const std::string mechanism : {"PLAIN", "LOGIN"}) {
    script_.extensions = {"AUTH " + mechanism};
    script_.replies["AUTH"] = "535 5.7.8 not this password";
    source_.finished.clear();
    Serve(script_);
    Run(WithLogin(v1::Route::TLS_VERIFIED));
    ExpectWaits("4.7.8", "not this password");
    EXPECT_THAT(Result(10).diagnostic(), Not(HasSubstr("secret")));
    EXPECT_EQ(source_.finished[0].site(), v1::FinishWorkRequest::SITE_UNKNOWN);
  }
}

TEST_F(SmarthostTest, AServerThatKnowsNoLoginOfOurs) {
  for (const std::string offer : {"8BITMIME", "AUTH CRAM-MD5"}) {
    script_.extensions = {offer};
    source_.finished.clear();
    Serve(script_);
    Run(WithLogin(v1::Route::TLS_VERIFIED));
    ExpectWaits("4.7.8", "neither PLAIN nor LOGIN");
    EXPECT_THAT(server_->commands(), Not(Contains(HasSubstr("AUTH"))));
  }
}

TEST_F(SmarthostTest, NoPasswordInTheClear) {
  Serve({.extensions = {"AUTH PLAIN"}});
  Run(WithLogin(v1::Route::TLS_OPPORTUNISTIC));
  ExpectWaits("4.7.11", "without TLS");
  EXPECT_THAT(server_->commands(), Not(Contains(HasSubstr("AUTH"))));
}

TEST_F(SmarthostTest, NoPasswordInTheClearUnlessTheRouteSaysSo) {
  auto& server = Serve({.extensions = {"AUTH PLAIN"}, .replies = {{"AUTH", "235 2.7.0 welcome"}}});
  Run(WithLogin(v1::Route::TLS_NONE));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(server.commands(), Contains(HasSubstr("AUTH PLAIN")));
}

TEST_F(SmarthostTest, TlsFromTheFirstOctet) {
  script_.implicit_tls = true;
  auto& server = Serve(script_);
  Run(ByRoute(v1::Route::TLS_IMPLICIT));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_THAT(Result(10).tls(), HasSubstr(" verified"));
  EXPECT_THAT(server.commands(), Not(Contains("STARTTLS")));
}

TEST_F(SmarthostTest, TlsFromTheFirstOctetIsVerified) {
  ca_file_.clear();
  script_.implicit_tls = true;
  Serve(script_);
  Run(ByRoute(v1::Route::TLS_IMPLICIT));
  ExpectWaits("4.7.5", "certificate");
  EXPECT_THAT(Result(10).tls(), HasSubstr("unverified"));
}

TEST_F(SmarthostTest, TlsFromTheFirstOctetWhereThereIsNone) {
  Serve();
  Run(ByRoute(v1::Route::TLS_IMPLICIT));
  ExpectWaits("4.7.5", "TLS handshake failed");
}

// ---- certificates of ours

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

class ClientCertificateTest : public SmarthostTest {
 protected:
  // The server wants one, and keeps the name that it is for.
  ClientCertificateTest() {
    SSL_CTX_set_verify(script_.tls.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
    SSL_CTX_set_cert_verify_callback(script_.tls.get(), KeepName, this);
  }

  static int KeepName(X509_STORE_CTX* check, void* test) {
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(X509_STORE_CTX_get0_cert(check)),
                              NID_commonName, name, sizeof name);
    static_cast<ClientCertificateTest*>(test)->shown_ = name;
    return 1;
  }

  std::string shown_;
};

TEST_F(ClientCertificateTest, IsThatOfTheRoute) {
  Serve(script_);
  const rpc::CertificateFiles ours = authority_.Issue("relay.example.org");
  v1::Work work = ByRoute(v1::Route::TLS_VERIFIED);
  work.mutable_route()->set_client_certificate(ContentOf(ours.cert));
  work.mutable_route()->set_client_key(ContentOf(ours.key));
  Run(work);
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DELIVERED);
  EXPECT_EQ(shown_, "relay.example.org");
}

TEST_F(ClientCertificateTest, IsNotShownToOthers) {
  Serve(script_);
  Run(ByRoute(v1::Route::TLS_VERIFIED));
  EXPECT_EQ(Result(10).outcome(), Attempt::OUTCOME_DEFERRED);
  EXPECT_EQ(shown_, "");
}

TEST_F(ClientCertificateTest, ThatIsNoneWaits) {
  Serve(script_);
  v1::Work work = ByRoute(v1::Route::TLS_VERIFIED);
  work.mutable_route()->set_client_certificate("no certificate");
  work.mutable_route()->set_client_key("no key");
  Run(work);
  ExpectWaits("4.7.5", "");
}

}  // namespace
}  // namespace posthorn::relay
