#include "mail/header.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Fields(absl::string_view block) {
  std::vector<std::string> out;
  HeaderReader reader(block);
  while (const auto field = reader.Next()) {
    EXPECT_EQ(block.substr(field->offset, field->size).size(), field->size);
    out.push_back(std::string(field->name) + "=" + Unfold(field->value));
  }
  return out;
}

TEST(Header, Fields) {
  EXPECT_THAT(Fields("A: 1\r\nB : 2\r\n\t3\r\n \r\nC:\r\nD:x\r\n\r\nE: no\r\n"),
              ElementsAre("A=1", "B=2\t3", "C=", "D=x"));
  EXPECT_THAT(Fields("A: 1\nB: 2\n 3\n\nC: no\n"), ElementsAre("A=1", "B=2 3"));
  EXPECT_THAT(Fields(""), ElementsAre());
  EXPECT_THAT(Fields("\r\nA: no"), ElementsAre());
  EXPECT_THAT(Fields("A: last"), ElementsAre("A=last"));
}

TEST(Header, LinesThatAreNoField) {
  EXPECT_THAT(Fields("From alice Mon\r\nA: 1\r\njunk\r\n: x\r\nb c: d\r\n \r\nE: f\r\n"),
              ElementsAre("=From alice Mon", "A=1", "=junk", "=: x", "=b c: d", "E=f"));
  EXPECT_THAT(Fields(" leading: x\r\nA: 1\r\n"), ElementsAre("=leading: x", "A=1"));
}

TEST(Header, Position) {
  HeaderReader reader("A: 1\r\n\r\nbody");
  EXPECT_TRUE(reader.Next().has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_FALSE(reader.Next().has_value());
  EXPECT_EQ(reader.position(), 8U);
}

TEST(Header, FindsTheFirst) {
  const auto field = FindField("A: 1\r\nsubJect: x\r\nSubject: y\r\n", "Subject");
  ASSERT_TRUE(field.has_value());
  EXPECT_EQ(field->value, " x\r\n");
  EXPECT_EQ(field->offset, 6U);
  EXPECT_EQ(field->size, 12U);
  EXPECT_FALSE(FindField("A: 1\r\n\r\nSubject: body\r\n", "Subject").has_value());
}

TEST(Header, Unfolds) {
  EXPECT_EQ(Unfold(" a\r\n b\n\tc \r\n"), "a b\tc");
  EXPECT_EQ(Unfold("a\rb"), "a\rb");
  EXPECT_EQ(Unfold("a\r\r\n b"), "a\r b");
  EXPECT_EQ(Unfold("  \r\n "), "");
}

TEST(Header, CountsReceived) {
  const std::string message =
      "Received: a\r\n by Received: b\r\nRECEIVED : c\r\nX-Received: d\r\nReceivedx: e\r\n"
      "received\t:\r\nReceive: f\r\nSubject: Received: g\r\nReceived:\n\nReceived: body\n";
  EXPECT_EQ(CountReceived(message), 4);
  ReceivedCounter counter;
  for (const char& c : message) {
    counter.Feed(absl::string_view(&c, 1));
  }
  EXPECT_EQ(counter.count(), 4);
  EXPECT_TRUE(counter.header_ended());
  EXPECT_EQ(CountReceived("\r\nReceived: a\r\n"), 0);
  EXPECT_EQ(CountReceived("Received: a\r\n\r\nReceived: b\r\n"), 1);
}

}  // namespace
}  // namespace posthorn::mail
