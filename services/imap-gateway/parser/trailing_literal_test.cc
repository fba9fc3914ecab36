#include "imap-gateway/parser/trailing_literal.h"

#include <gtest/gtest.h>

#include <limits>

namespace posthorn::imap {
namespace {

TEST(TrailingLiteral, Heads) {
  const auto plain = TrailingLiteral("a LOGIN {5}");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->size, 5u);
  EXPECT_FALSE(plain->non_synchronizing);
  const auto plus = TrailingLiteral("{0+}");
  ASSERT_TRUE(plus);
  EXPECT_TRUE(plus->non_synchronizing);
  const auto binary = TrailingLiteral("a APPEND x ~{12}");
  ASSERT_TRUE(binary);
  EXPECT_TRUE(binary->binary);
  const auto huge = TrailingLiteral("a {99999999999999999999999+}");
  ASSERT_TRUE(huge);
  EXPECT_EQ(huge->size, std::numeric_limits<std::uint64_t>::max());
}

TEST(TrailingLiteral, NotHeads) {
  for (const char* line : {"", "}", "{}", "5}", "{+}", "{5}x", "{5} ", "{-5}", "{5}\"", "{a}"}) {
    EXPECT_FALSE(TrailingLiteral(line)) << line;
  }
}

}  // namespace
}  // namespace posthorn::imap
