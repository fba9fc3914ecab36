#include "mail/eight_bit.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

ContentNeeds InFrames(absl::string_view message, size_t frame) {
  ContentNeedsScanner scanner;
  for (size_t i = 0; i < message.size(); i += frame) {
    scanner.Feed(message.substr(i, frame));
  }
  return scanner.Finish();
}

ContentKind BodyKind(absl::string_view body) {
  const std::string message = absl::StrCat("Subject: x\r\n\r\n", body);
  const ContentNeeds needs = ScanContentNeeds(message);
  EXPECT_FALSE(needs.eight_bit_header);
  for (const size_t frame : {1, 2, 3, 13}) {
    EXPECT_EQ(InFrames(message, frame).body, needs.body) << absl::CEscape(body) << frame;
  }
  return needs.body;
}

TEST(ContentNeeds, Header) {
  EXPECT_FALSE(ScanContentNeeds("Subject: x\r\n\r\n\xc3\xa4").eight_bit_header);
  EXPECT_FALSE(ScanContentNeeds("").eight_bit_header);
  EXPECT_TRUE(ScanContentNeeds("Subject: \xc3\xa4\r\n\r\nx").eight_bit_header);
  EXPECT_TRUE(ScanContentNeeds("Subject: \xc3\xa4").eight_bit_header);
  EXPECT_TRUE(InFrames("A: b\r\nC: \xc3\xa4\r\n\r\n", 1).eight_bit_header);
  EXPECT_FALSE(ScanContentNeeds("\r\n\xc3\xa4\r\n").eight_bit_header);
  EXPECT_EQ(ScanContentNeeds("Subject: \xc3\xa4\r\n\r\nx\r\n").body, ContentKind::k7Bit);
  EXPECT_EQ(ScanContentNeeds("A: b\n\n\xc3\xa4\r\n").body, ContentKind::k8Bit);
}

TEST(ContentNeeds, Body) {
  EXPECT_EQ(BodyKind(""), ContentKind::k7Bit);
  EXPECT_EQ(BodyKind("a\r\n\r\n"), ContentKind::k7Bit);
  EXPECT_EQ(BodyKind("a\r\n\xe4\r\n"), ContentKind::k8Bit);
  EXPECT_EQ(BodyKind("no line end \xe4"), ContentKind::k8Bit);
  EXPECT_EQ(BodyKind(absl::string_view("a\0b\r\n", 5)), ContentKind::kBinary);
  for (const absl::string_view binary : {"a\nb", "\n", "a\rb\r\n", "a\r\r\n", "a\r", "\r\n\n"}) {
    EXPECT_EQ(BodyKind(binary), ContentKind::kBinary) << absl::CEscape(binary);
  }
}

TEST(ContentNeeds, LongLines) {
  const std::string longest(998, 'x');
  EXPECT_EQ(BodyKind(absl::StrCat(longest, "\r\n", longest, "\r\n", longest)), ContentKind::k7Bit);
  EXPECT_EQ(BodyKind(absl::StrCat("\r\n", longest, "x\r\n")), ContentKind::kBinary);
  EXPECT_EQ(BodyKind(absl::StrCat(longest, "x")), ContentKind::kBinary);
}

}  // namespace
}  // namespace posthorn::mail
