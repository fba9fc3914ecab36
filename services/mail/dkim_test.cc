#include "mail/dkim.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mail/header.h"

namespace posthorn::mail {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// RFC 8463 A
constexpr absl::string_view kEd25519Public = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";
constexpr absl::string_view kRsaPublic =
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16J"
    "Yi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3"
    "Ip3G+2kryOTIKT+l/K4w3QIDAQAB";
// The secret key of RFC 8463 A.1 behind the PKCS#8 prefix of RFC 8410.
constexpr absl::string_view kEd25519Pem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
    "-----END PRIVATE KEY-----\n";
constexpr absl::string_view kHeader =
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n";
constexpr absl::string_view kBody =
    "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";
constexpr absl::string_view kTags =
    " c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n";

std::string Unbase64(absl::string_view text) {
  std::string out;
  EXPECT_TRUE(absl::Base64Unescape(text, &out)) << text;
  return out;
}

const unsigned char* Octets(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// As a verifier does it, with what a key record says (RFC 6376 6.1.3, RFC 8463 3).
bool Verifies(DkimAlgorithm algorithm, absl::string_view public_key, absl::string_view input,
              absl::string_view signature) {
  const unsigned char* from = Octets(public_key);
  const bool rsa = algorithm == DkimAlgorithm::kRsaSha256;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      rsa ? d2i_PUBKEY(nullptr, &from, static_cast<long>(public_key.size()))
          : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, from, public_key.size()),
      EVP_PKEY_free);
  unsigned char hash[32];
  EVP_Digest(input.data(), input.size(), hash, nullptr, EVP_sha256(), nullptr);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_DigestVerifyInit(context.get(), nullptr, rsa ? EVP_sha256() : nullptr, nullptr, key.get());
  return EVP_DigestVerify(context.get(), Octets(signature), signature.size(),
                          rsa ? Octets(input) : hash, rsa ? input.size() : sizeof(hash)) == 1;
}

std::string BodyHash(absl::string_view body) {
  DkimBody hash;
  hash.Update(body);
  return hash.Finish();
}

std::string Sha256(absl::string_view canonical) {
  std::string digest(32, '\0');
  EVP_Digest(canonical.data(), canonical.size(), reinterpret_cast<unsigned char*>(digest.data()),
             nullptr, EVP_sha256(), nullptr);
  return digest;
}

std::vector<std::string> Names(absl::string_view list) {
  return absl::StrSplit(absl::StrReplaceAll(list, {{" ", ""}}), ':');
}

TEST(DkimBody, OfRfc8463) {
  EXPECT_EQ(absl::Base64Escape(BodyHash(kBody)), "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

TEST(DkimBody, Relaxed) {
  // RFC 6376 3.4.5
  EXPECT_EQ(BodyHash(" C \r\nD \t E\r\n\r\n\r\n"), Sha256(" C\r\nD E\r\n"));
  // RFC 6376 3.4.4: the empty body has the hash of nothing.
  EXPECT_EQ(absl::Base64Escape(BodyHash("")), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  for (const absl::string_view empty : {"\r\n", "\r\n\r\n", " \t\r\n", " ", "\r\n \t"}) {
    EXPECT_EQ(BodyHash(empty), Sha256("")) << absl::CEscape(empty);
  }
  EXPECT_EQ(BodyHash("a"), Sha256("a\r\n"));
  EXPECT_EQ(BodyHash("a \t"), Sha256("a\r\n"));
  EXPECT_EQ(BodyHash("a\r\n \r\n\t"), Sha256("a\r\n"));
  EXPECT_EQ(BodyHash("\r\n\r\na\r\n"), Sha256("\r\n\r\na\r\n"));
  EXPECT_EQ(BodyHash("a\r\n \r\nb"), Sha256("a\r\n\r\nb\r\n"));
}

TEST(DkimBody, BareLineEndsAreOctets) {
  EXPECT_EQ(BodyHash("a\nb\r\n"), Sha256("a\nb\r\n"));
  EXPECT_EQ(BodyHash("a \nb"), Sha256("a \nb\r\n"));
  EXPECT_EQ(BodyHash("a\rb \r c\r\r\n"), Sha256("a\rb \r c\r\r\n"));
  EXPECT_EQ(BodyHash("a\r"), Sha256("a\r\r\n"));
  EXPECT_EQ(BodyHash("\n"), Sha256("\n\r\n"));
}

TEST(DkimBody, AnySplit) {
  std::string body = absl::StrCat(" \t\r\n\r\n", std::string(5000, 'x'), "\r \r\n");
  for (int i = 0; i < 3000; ++i) {
    body += "\r\n";
  }
  body += "y\t z \r\n\r";
  const std::string whole = BodyHash(body);
  for (const size_t frame : {1, 2, 3, 7, 4097}) {
    DkimBody hash;
    for (size_t i = 0; i < body.size(); i += frame) {
      hash.Update(absl::string_view(body).substr(i, frame));
    }
    EXPECT_EQ(hash.Finish(), whole) << frame;
  }
}

TEST(DkimHeader, Relaxed) {
  // RFC 6376 3.4.5
  EXPECT_EQ(RelaxedField("A", " X\r\n"), "a:X");
  EXPECT_EQ(RelaxedField("B", " Y\t\r\n\tZ  \r\n"), "b:Y Z");
  EXPECT_EQ(RelaxedField("C", "\r\n \r\n"), "c:");
}

TEST(DkimHeader, LastFieldFirst) {
  constexpr absl::string_view kRepeated = "A: 1\r\nB: 2\r\nA : 3\r\n\r\nA: body\r\n";
  EXPECT_EQ(DkimHeaderInput(kRepeated, {"a", "b", "a", "a", "c"}, "DKIM-Signature: v=1; b="),
            "a:3\r\nb:2\r\na:1\r\ndkim-signature:v=1; b=");
}

TEST(DkimHeader, Selection) {
  EXPECT_THAT(
      *SelectSignedFields(kHeader),
      ElementsAre("from", "from", "reply-to", "subject", "subject", "date", "date", "message-id",
                  "message-id", "to", "to", "cc", "mime-version", "content-type"));
  EXPECT_THAT(*SelectSignedFields("FROM : a\r\nReceived: x\r\nX-Mine: x\r\nList-Id: b\r\n"
                                  "References: c\r\n\r\nTo: body\r\n"),
              ElementsAre("from", "from", "reply-to", "subject", "date", "message-id", "to", "cc",
                          "mime-version", "content-type", "references", "list-id"));
  EXPECT_EQ(SelectSignedFields("To: a\r\n\r\n").status().code(),
            absl::StatusCode::kInvalidArgument);
  std::string many = "From: a\r\n";
  for (int i = 0; i < 200; ++i) {
    many += "To: b\r\n";
  }
  EXPECT_EQ(SelectSignedFields(many).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Dkim, SignaturesOfRfc8463) {
  const std::string ed25519 =
      absl::StrCat("DKIM-Signature: v=1; a=ed25519-sha256;", kTags,
                   " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
                   " subject : date : message-id : from : subject : date;\r\n"
                   " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                   " b=");
  const std::vector<std::string> names =
      Names("from : to : subject : date : message-id : from : subject : date");
  EXPECT_TRUE(Verifies(DkimAlgorithm::kEd25519Sha256, Unbase64(kEd25519Public),
                       DkimHeaderInput(kHeader, names, ed25519),
                       Unbase64("/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus"
                                "Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==")));
  const std::string rsa =
      absl::StrCat("DKIM-Signature: v=1; a=rsa-sha256;", kTags,
                   " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
                   " date : message-id : from : subject : date;\r\n"
                   " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
                   " b=");
  EXPECT_TRUE(Verifies(DkimAlgorithm::kRsaSha256, Unbase64(kRsaPublic),
                       DkimHeaderInput(kHeader, names, rsa),
                       Unbase64("F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3"
                                "DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
                                "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=")));
}

TEST(Dkim, Ed25519IsDeterministic) {
  const DkimKey key = *DkimKey::FromPem(kEd25519Pem);
  EXPECT_EQ(*DkimRecord(key), absl::StrCat("v=DKIM1; k=ed25519; p=", kEd25519Public));
  const std::string hash = BodyHash(kBody);
  const DkimSignRequest request = {.header = kHeader,
                                   .body_hash = hash,
                                   .domain = "football.example.com",
                                   .selector = "brisbane",
                                   .signed_at = 1528637909};
  const std::string once = *DkimSign(request, key);
  EXPECT_EQ(once, *DkimSign(request, key));
  EXPECT_THAT(once, StartsWith("DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
                               "\td=football.example.com; s=brisbane; t=1528637909; h="));
  EXPECT_THAT(once, AllOf(HasSubstr(":date:"), Not(HasSubstr("l=")), Not(HasSubstr("x="))));
}

class SignsTest : public ::testing::TestWithParam<DkimAlgorithm> {};

TEST_P(SignsTest, AndVerifies) {
  const DkimKey key = *DkimKey::FromPem(*GenerateDkimKey(GetParam()));
  ASSERT_EQ(key.algorithm(), GetParam());
  const std::string hash = BodyHash(kBody);
  const DkimSignRequest request = {.header = kHeader,
                                   .body_hash = hash,
                                   .domain = "a-rather-long-name-of-a-domain.football.example.com",
                                   .selector = "s2026",
                                   .signed_at = 1'790'000'000,
                                   .valid_seconds = 604'800};
  const std::string field = *DkimSign(request, key);
  for (const absl::string_view line : absl::StrSplit(field, "\r\n")) {
    EXPECT_LE(line.size(), 78U);
  }
  EXPECT_THAT(field, HasSubstr(" x=1790604800;"));
  // Taken apart as a verifier does.
  const std::string flat = absl::StrReplaceAll(field, {{"\r\n", ""}, {"\t", ""}});
  const size_t h = flat.find("h=") + 2;
  const size_t b = field.find("b=", field.find("bh=") + 3) + 2;
  const std::string signature = Unbase64(flat.substr(flat.find("b=", flat.find("bh=") + 3) + 2));
  const std::string input =
      DkimHeaderInput(kHeader, Names(flat.substr(h, flat.find(';', h) - h)), field.substr(0, b));
  const std::string record = *DkimRecord(key);
  const std::string public_key = Unbase64(record.substr(record.find("p=") + 2));
  EXPECT_TRUE(Verifies(GetParam(), public_key, input, signature));
  EXPECT_FALSE(Verifies(GetParam(), public_key, input + "x", signature));
  EXPECT_THAT(input, Not(HasSubstr("joe@evil")));
  // Another Subject breaks it: the field is signed once more than it is there.
  const std::string forged =
      DkimHeaderInput(absl::StrCat("Subject: x\r\n", kHeader),
                      Names(flat.substr(h, flat.find(';', h) - h)), field.substr(0, b));
  EXPECT_FALSE(Verifies(GetParam(), public_key, forged, signature));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, SignsTest,
                         ::testing::Values(DkimAlgorithm::kRsaSha256,
                                           DkimAlgorithm::kEd25519Sha256));

TEST(Dkim, RefusesWhatCannotBeSigned) {
  const DkimKey key = *DkimKey::FromPem(kEd25519Pem);
  const std::string hash = BodyHash(kBody);
  DkimSignRequest request = {
      .header = kHeader, .body_hash = hash, .domain = "example.org", .selector = "s"};
  EXPECT_TRUE(DkimSign(request, key).ok());
  for (const absl::string_view bad : {"", "a..b", "a b", "a;b", "a\r\nb", "\xc3\xa4.org", ".a"}) {
    request.domain = bad;
    request.selector = "s";
    EXPECT_EQ(DkimSign(request, key).status().code(), absl::StatusCode::kInvalidArgument) << bad;
    request.domain = "example.org";
    request.selector = bad;
    EXPECT_EQ(DkimSign(request, key).status().code(), absl::StatusCode::kInvalidArgument) << bad;
  }
}

TEST(DkimKey, RefusesOtherKeys) {
  EXPECT_FALSE(DkimKey::FromPem("").ok());
  EXPECT_FALSE(DkimKey::FromPem("-----BEGIN PRIVATE KEY-----\nMC4C\n").ok());
  EXPECT_FALSE(DkimKey::FromPem(std::string(100'000, '-')).ok());
  // P-256 (RFC 8410 has no place in DKIM).
  EXPECT_FALSE(DkimKey::FromPem("-----BEGIN PRIVATE KEY-----\n"
                                "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
                                "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
                                "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
                                "-----END PRIVATE KEY-----\n")
                   .ok());
}

}  // namespace
}  // namespace posthorn::mail
