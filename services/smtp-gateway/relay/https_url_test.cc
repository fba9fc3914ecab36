#include "smtp-gateway/relay/https_url.h"

#include <gtest/gtest.h>

namespace posthorn::relay {
namespace {

void ExpectUrl(const std::string& text, const std::string& host, int port,
               const std::string& target) {
  const auto url = ParseHttpsUrl(text);
  ASSERT_TRUE(url.has_value()) << text;
  EXPECT_EQ(url->host, host) << text;
  EXPECT_EQ(url->port, port) << text;
  EXPECT_EQ(url->target, target) << text;
}

TEST(HttpsUrl, HasAHostAPortAndATarget) {
  ExpectUrl("https://example.net/tls/report?v=1", "example.net", 443, "/tls/report?v=1");
  ExpectUrl("HTTPS://Reports.Example.NET", "reports.example.net", 443, "/");
  ExpectUrl("https://example.net:8443/a%2Cb", "example.net", 8443, "/a%2Cb");
  ExpectUrl("https://example.net:/a#part", "example.net", 443, "/a");
  ExpectUrl("https://example.net?a=b", "example.net", 443, "/?a=b");
}

TEST(HttpsUrl, IsNothingElse) {
  for (const char* text :
       {"", "https:", "https://", "https:///path", "http://example.net/", "mailto:a@example.net",
        "https://user@example.net/", "https://user:word@example.net/", "https://192.0.2.1/",
        "https://[2001:db8::1]/", "https://example.net:0/", "https://example.net:65536/",
        "https://example.net:-1/", "https://example.net:+1/", "https://example.net:x/",
        "https://example.net/a b", "https://example.net/\r\nHost: x", "https://ex\xC3\xA4.net/",
        "https://a\\b.example/"}) {
    EXPECT_FALSE(ParseHttpsUrl(text).has_value()) << text;
  }
  const std::string longest = "https://example.net/" + std::string(kMaxHttpsUrl - 20, 'a');
  EXPECT_TRUE(ParseHttpsUrl(longest).has_value());
  EXPECT_FALSE(ParseHttpsUrl(longest + "a").has_value());
}

}  // namespace
}  // namespace posthorn::relay
