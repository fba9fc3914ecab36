#include "smtp-gateway/parser/parameters.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

TEST(ParseParametersTest, ReadsKeywordsAndValues) {
  std::vector<Parameter> parameters;
  ASSERT_TRUE(ParseParameters("SIZE=1000  smtputf8 AUTH=e+3Dmc2@example.com", &parameters));
  EXPECT_FALSE(ParseParameters("X=a=b", &parameters));
  ASSERT_TRUE(ParseParameters("SIZE=1000  smtputf8 X-Y=<>", &parameters));
  ASSERT_EQ(parameters.size(), 3u);
  EXPECT_EQ(parameters[0].keyword, "SIZE");
  EXPECT_EQ(parameters[0].value, "1000");
  EXPECT_EQ(parameters[1].keyword, "smtputf8");
  EXPECT_FALSE(parameters[1].value.has_value());
  EXPECT_EQ(parameters[2].value, "<>");
}

TEST(ParseParametersTest, RefusesBadOnes) {
  std::vector<Parameter> parameters;
  for (const char* text : {"SIZE=", "=1", "-A", "SIZE=1 size=2", "A,B", "A=\x7f", "A=1\t"}) {
    EXPECT_FALSE(ParseParameters(text, &parameters)) << text;
  }
  std::string many;
  for (int i = 0; i < 33; ++i) {
    many += "P" + std::to_string(i) + " ";
  }
  EXPECT_FALSE(ParseParameters(many, &parameters));
}

TEST(DecodeXtextTest, DecodesHexadecimalDigits) {
  EXPECT_EQ(DecodeXtext("e+3Dmc2@example.com"), "e=mc2@example.com");
  EXPECT_EQ(DecodeXtext("a+2Bb"), "a+b");
  EXPECT_EQ(DecodeXtext(""), "");
}

TEST(DecodeXtextTest, RefusesControlsAndBadDigits) {
  for (const char* text :
       {"+", "+2", "+2b", "+0D+0A", "+00", "+7F", "+80", "a=b", "a b", "\xc3\xa4"}) {
    EXPECT_EQ(DecodeXtext(text), std::nullopt) << text;
  }
}

TEST(ParseOctetCountTest, FitsSixtyFourBits) {
  EXPECT_EQ(ParseOctetCount("0"), 0u);
  EXPECT_EQ(ParseOctetCount("18446744073709551615"), UINT64_MAX);
  for (const char* text : {"", "18446744073709551616", "99999999999999999999", "-1", "+1", "1 ",
                           "0x10", "000000000000000000001"}) {
    EXPECT_EQ(ParseOctetCount(text), std::nullopt) << text;
  }
}

TEST(DecodeBase64Test, IsStrict) {
  EXPECT_EQ(DecodeBase64(""), "");
  EXPECT_EQ(DecodeBase64("AGEAYg=="), std::string("\0a\0b", 4));
  for (const char* text : {"A", "AA", "AAA", "AA=", "A===", "AB==", "AAA=AAA=", "AA AA", "AA-_",
                           "=", "====", "AAAA\n"}) {
    EXPECT_EQ(DecodeBase64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace posthorn::smtp
