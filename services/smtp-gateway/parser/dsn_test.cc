#include "smtp-gateway/parser/dsn.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

TEST(NotifyTest, NeverStandsAlone) {
  EXPECT_TRUE(ParseNotify("never")->never);
  for (const char* bad : {"NEVER,SUCCESS", "SUCCESS,NEVER", "", ",", "SUCCESS,", ",SUCCESS",
                          "SUCCESS,SUCCESS", "SUCCESS, DELAY", "ALWAYS"}) {
    EXPECT_FALSE(ParseNotify(bad)) << bad;
  }
}

TEST(NotifyTest, ListsTheOthers) {
  const auto list = ParseNotify("delay,SUCCESS");
  ASSERT_TRUE(list);
  EXPECT_TRUE(list->delay && list->success);
  EXPECT_FALSE(list->failure || list->never);
}

TEST(EnvelopeIdTest, DecodesXtext) {
  EXPECT_EQ(ParseEnvelopeId("QQ314159"), "QQ314159");
  EXPECT_EQ(ParseEnvelopeId("a+2Bb+3D"), "a+b=");
  EXPECT_EQ(ParseEnvelopeId(std::string(100, 'x')), std::string(100, 'x'));
}

TEST(EnvelopeIdTest, RefusesWhatMustNotReachAHeaderField) {
  for (const char* bad : {"", "x+00", "+0D+0A", "x+7F", "x+80", "x+2b", "x+2", "x+", "=x"}) {
    EXPECT_FALSE(ParseEnvelopeId(bad)) << bad;
  }
  EXPECT_FALSE(ParseEnvelopeId(std::string(101, 'x')));
}

TEST(OriginalRecipientTest, DecodesByType) {
  EXPECT_EQ(ParseOriginalRecipient("RFC822;Bob@example.org"), "rfc822;Bob@example.org");
  EXPECT_EQ(ParseOriginalRecipient("rfc822;bob+2Blist@example.org"), "rfc822;bob+list@example.org");
  EXPECT_EQ(ParseOriginalRecipient("x400;/S=bob/+20"), std::nullopt);
  EXPECT_EQ(ParseOriginalRecipient("x400;/S+3Dbob/"), "x400;/S=bob/");
  EXPECT_EQ(ParseOriginalRecipient("utf-8;\\x{438}van@example.org"), "utf-8;иvan@example.org");
  EXPECT_EQ(ParseOriginalRecipient("UTF-8;иван@example.org"), "utf-8;иван@example.org");
  EXPECT_EQ(ParseOriginalRecipient("utf-8;a\\x{2B}b@example.org"), "utf-8;a+b@example.org");
  EXPECT_EQ(ParseOriginalRecipient("utf-8;\\x{1F4E8}@example.org"), "utf-8;📨@example.org");
}

TEST(OriginalRecipientTest, RefusesTheRest) {
  for (const char* bad : {"",
                          "bob@example.org",
                          ";bob@example.org",
                          "rfc822;",
                          "rf c;bob@example.org",
                          "rfc822;bob+00@example.org",
                          "rfc822;bob+0A@example.org",
                          "rfc822;иван@example.org",
                          "rfc822;bob+@example.org",
                          "utf-8;a+2Bb@example.org",
                          "utf-8;\\x{0}@example.org",
                          "utf-8;\\x{0A}@example.org",
                          "utf-8;\\x{85}@example.org",
                          "utf-8;\\x{41}@example.org",
                          "utf-8;\\x{D800}@example.org",
                          "utf-8;\\x{110000}@example.org",
                          "utf-8;\\x{438@example.org",
                          "utf-8;\\y@example.org",
                          "utf-8;\xff@example.org",
                          "utf-8;nobody"}) {
    EXPECT_FALSE(ParseOriginalRecipient(bad)) << bad;
  }
  EXPECT_FALSE(ParseOriginalRecipient("rfc822;" + std::string(500, 'x')));
}

}  // namespace
}  // namespace posthorn::smtp
