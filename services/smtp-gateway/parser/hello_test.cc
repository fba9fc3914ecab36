#include "smtp-gateway/parser/hello.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

TEST(IsAcceptableHelloNameTest, TakesNamesAndLiterals) {
  for (const char* name : {"client.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost",
                           "my_pc", "xn--e1afmkfd.example"}) {
    EXPECT_TRUE(IsAcceptableHelloName(name)) << name;
  }
}

TEST(IsAcceptableHelloNameTest, RefusesWhatWouldHarmATraceField) {
  for (const char* name : {"", "a b", "a\tb", "a(b)", "<a>", "a\"b", "a\\b", "a;b", "\xc3\xa4"}) {
    EXPECT_FALSE(IsAcceptableHelloName(name)) << name;
  }
  EXPECT_FALSE(IsAcceptableHelloName(std::string(256, 'a')));
}

}  // namespace
}  // namespace posthorn::smtp
