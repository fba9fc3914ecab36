#include "mailctl/dns_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::mailctl {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TxtRecord, ShortTextIsOneString) {
  EXPECT_EQ(TxtRecord("example.org", "v=spf1 \"\\"),
            "example.org.                            IN TXT \"v=spf1 \\\"\\\\\"\n");
  EXPECT_THAT(TxtRecord("example.org", std::string(255, 'a')), Not(HasSubstr("(")));
}

TEST(TxtRecord, LongTextIsSplit) {
  EXPECT_EQ(TxtRecord("a-name-that-is-longer-than-its-column.example.org",
                      std::string(255, 'a') + std::string(255, 'b') + "c"),
            "a-name-that-is-longer-than-its-column.example.org. IN TXT (\n    \"" +
                std::string(255, 'a') + "\"\n    \"" + std::string(255, 'b') + "\"\n    \"c\" )\n");
}

TEST(DnsZone, HasEveryRecord) {
  std::vector<v1::DkimKey> keys(2);
  keys[0].set_domain("example.org");
  keys[0].set_selector("202611r");
  keys[0].set_record("v=DKIM1; k=rsa; p=" + std::string(392, 'A'));
  keys[1].set_domain("example.org");
  keys[1].set_selector("202611e");
  keys[1].set_record("v=DKIM1; k=ed25519; p=BBBB");
  const std::string zone = DnsZone("example.org", "mx.example.net", keys);
  for (const char* record :
       {"example.org.                            IN MX 10 mx.example.net.\n",
        "IN TXT \"v=spf1 mx ~all\"\n", "mx.example.net.                         IN TXT \"v=spf1 a",
        "202611r._domainkey.example.org.         IN TXT (\n    \"v=DKIM1; k=rsa; p=AAA",
        "202611e._domainkey.example.org.         IN TXT \"v=DKIM1; k=ed25519; p=BBBB\"\n",
        "_dmarc.example.org.                     IN TXT \"v=DMARC1; p=quarantine; "
        "rua=mailto:postmaster@example.org\"\n",
        "; version: STSv1\n; mode: testing\n; mx: mx.example.net\n; max_age: 604800\n",
        "_mta-sts.example.org.                   IN TXT \"v=STSv1; id=",
        "_smtp._tls.example.org.                 IN TXT \"v=TLSRPTv1; "
        "rua=mailto:postmaster@example.org\"\n",
        "_submissions._tcp.example.org.          IN SRV 0 1 465 mx.example.net.\n",
        "_submission._tcp.example.org.           IN SRV 10 1 587 mx.example.net.\n",
        "_imaps._tcp.example.org.                IN SRV 0 1 993 mx.example.net.\n",
        "_imap._tcp.example.org.                 IN SRV 10 1 143 mx.example.net.\n",
        "_pop3s._tcp.example.org.                IN SRV 10 1 995 mx.example.net.\n",
        "_pop3._tcp.example.org.                 IN SRV 20 1 110 mx.example.net.\n"}) {
    EXPECT_THAT(zone, HasSubstr(record));
  }
}

TEST(DnsZone, AnotherPolicyHasAnotherId) {
  const auto id = [](const char* host) {
    const std::string zone = DnsZone("example.org", host, {});
    return zone.substr(zone.find("v=STSv1; id="), 28);
  };
  EXPECT_EQ(id("a.example"), id("a.example"));
  EXPECT_NE(id("a.example"), id("b.example"));
}

}  // namespace
}  // namespace posthorn::mailctl
