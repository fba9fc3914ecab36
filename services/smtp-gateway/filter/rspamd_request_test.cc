#include "smtp-gateway/filter/rspamd_request.h"

#include <gmock/gmock.h>

namespace posthorn::filter {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(RspamdRequestTest, SaysWhatIsKnown) {
  Client client;
  client.address = "2001:db8::1";
  client.helo = "client.example";
  client.user = "alice@example.org";
  client.hostname = "mx.example.org";
  client.session_id = "s1";
  const Envelope envelope{"bob@example.net", {"alice@example.org", "carol@example.org"}};
  EXPECT_EQ(RspamdRequestHead(client, envelope, "rspamd", 1234),
            "POST /checkv2 HTTP/1.1\r\nHost: rspamd\r\nConnection: close\r\n"
            "Content-Length: 1234\r\nIP: 2001:db8::1\r\nHelo: client.example\r\n"
            "From: <bob@example.net>\r\nUser: alice@example.org\r\nQueue-Id: s1\r\n"
            "MTA-Name: mx.example.org\r\nRcpt: <alice@example.org>\r\n"
            "Rcpt: <carol@example.org>\r\n\r\n");
}

TEST(RspamdRequestTest, AClientCannotAddFields) {
  Client client;
  client.helo = "x\r\nUser: root";
  const std::string head = RspamdRequestHead(client, {}, "rspamd", 0);
  EXPECT_THAT(head, HasSubstr("Helo: x??User: root\r\n"));
  EXPECT_THAT(head, HasSubstr("From: <>\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("\nUser:")));
}

TEST(RspamdRequestTest, HasALimit) {
  Envelope envelope;
  envelope.recipients.assign(1'000, std::string(300, 'x') + "@example.org");
  const std::string head = RspamdRequestHead({}, envelope, "rspamd", 0);
  EXPECT_LT(head.size(), 64u * 1024);
  EXPECT_GT(head.size(), 32u * 1024);
  EXPECT_THAT(head, EndsWith("\r\n\r\n"));
}

}  // namespace
}  // namespace posthorn::filter
