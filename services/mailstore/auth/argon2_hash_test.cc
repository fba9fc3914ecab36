#include "mailstore/auth/argon2_hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace posthorn::store {
namespace {

constexpr Argon2Cost kCheap{.memory_kib = 64, .iterations = 1, .parallelism = 1};

TEST(Argon2, VerifiesItsOwnRecord) {
  const std::string record = HashPassword("secret", kCheap).value();
  EXPECT_THAT(record, testing::StartsWith("$argon2id$v=19$m=64,t=1,p=1$"));
  EXPECT_TRUE(VerifyPassword("secret", record).value());
  EXPECT_FALSE(VerifyPassword("Secret", record).value());
  EXPECT_FALSE(VerifyPassword("", record).value());
}

TEST(Argon2, SaltsDiffer) {
  EXPECT_NE(HashPassword("secret", kCheap).value(), HashPassword("secret", kCheap).value());
}

TEST(Argon2, ReadsTheReferenceRecord) {
  // From the test vectors of the reference implementation (test.c, argon2id, version 0x13).
  const std::string record =
      "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
  EXPECT_TRUE(VerifyPassword("password", record).value());
}

TEST(Argon2, TheCostIsInTheRecord) {
  EXPECT_EQ(CostOfRecord(HashPassword("secret", kCheap).value()).value(), kCheap);
  const Argon2Cost usual;
  EXPECT_EQ(CostOfRecord("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA").value(), usual);
}

TEST(Argon2, ForeignRecordsAreDataLoss) {
  for (const char* record :
       {"", "$", "secret", "$argon2i$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA",
        "$argon2id$v=16$m=64,t=1,p=1$c2FsdA$aGFzaA", "$argon2id$v=19$m=64,t=1$c2FsdA$aGFzaA",
        "$argon2id$v=19$m=99999999,t=1,p=1$c2FsdA$aGFzaA", "$argon2id$v=19$m=64,t=1,p=1$$"}) {
    EXPECT_EQ(VerifyPassword("secret", record).status().code(), absl::StatusCode::kDataLoss)
        << record;
  }
}

}  // namespace
}  // namespace posthorn::store
