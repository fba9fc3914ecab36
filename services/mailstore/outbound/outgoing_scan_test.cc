#include "mailstore/outbound/outgoing_scan.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::store {
namespace {

OutgoingScan::Learnt Scan(absl::string_view message, size_t frame) {
  OutgoingScan scan(/*hash=*/true);
  for (size_t i = 0; i < message.size(); i += frame) {
    scan.Feed(message.substr(i, frame));
  }
  return scan.Finish();
}

TEST(OutgoingScan, DoesNotDependOnFrames) {
  for (const std::string& message :
       {std::string("From: a@example.org\r\nSubject: x\r\n\r\nbody \xc3\xa4\r\n\r\nmore\r\n"),
        std::string("\r\nonly a body\r\n"), std::string("From: a@example.org\r\n\r\n")}) {
    const OutgoingScan::Learnt whole = Scan(message, message.size());
    const size_t end = message.substr(0, 2) == "\r\n" ? 2 : message.find("\r\n\r\n") + 4;
    EXPECT_EQ(whole.header, message.substr(0, end));
    for (size_t frame = 1; frame < message.size(); ++frame) {
      const OutgoingScan::Learnt learnt = Scan(message, frame);
      EXPECT_EQ(learnt.header, whole.header) << frame;
      EXPECT_EQ(learnt.body_hash, whole.body_hash) << frame;
      EXPECT_EQ(learnt.needs.body, whole.needs.body) << frame;
    }
  }
}

TEST(OutgoingScan, FindsTlsRequired) {
  const auto optional = [](const std::string& fields) {
    return Scan("From: a@example.org\r\n" + fields + "\r\nTLS-Required: No\r\n", 5).tls_optional;
  };
  EXPECT_TRUE(optional("TLS-Required: No\r\n"));
  EXPECT_TRUE(optional("tls-required:\r\n no\r\nSubject: x\r\n"));
  EXPECT_FALSE(optional(""));
  EXPECT_FALSE(optional("Subject: TLS-Required: No\r\n"));
  EXPECT_FALSE(optional("TLS-Required: Yes\r\n"));
  EXPECT_FALSE(optional("TLS-Required: No, please\r\n"));
  EXPECT_FALSE(optional("TLS-Required: No\r\nTLS-Required: No\r\n"));
}

TEST(OutgoingScan, HashesTheBodyAlone) {
  const auto hash = [](absl::string_view message) { return Scan(message, 7).body_hash; };
  EXPECT_EQ(hash("A: b\r\n\r\nbody\r\n"), hash("Other: c\r\nD: e\r\n\r\nbody\r\n"));
  EXPECT_NE(hash("A: b\r\n\r\nbody\r\n"), hash("A: b\r\n\r\nother\r\n"));
}

TEST(OutgoingScan, DoesNotKeepAHeaderWithoutEnd) {
  const std::string line(1'000, 'x');
  OutgoingScan scan(/*hash=*/true);
  for (int i = 0; i < 1'100; ++i) {
    scan.Feed(line);
  }
  EXPECT_EQ(scan.Finish().header, "");
}

}  // namespace
}  // namespace posthorn::store
