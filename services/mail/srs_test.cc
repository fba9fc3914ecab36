#include "mail/srs.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

constexpr int64_t kDay = 20'500;
const std::vector<std::string>& Keys() {
  static const auto* const kKeys = new std::vector<std::string>{"a key of 32 octets, more or less"};
  return *kKeys;
}

MailboxAddress Address(absl::string_view text) { return *ParseMailboxAddress(text); }

std::string Forward(absl::string_view address, absl::string_view domain = "our.example",
                    int64_t day = kDay) {
  const auto result = SrsForward(Address(address), domain, Keys(), day);
  return result.ok() ? result->ToString() : std::string(result.status().message());
}

absl::StatusOr<MailboxAddress> Reverse(absl::string_view address, int64_t day = kDay) {
  return SrsReverse(Address(address).local_part, Keys(), day);
}

TEST(Srs, ThereAndBack) {
  // The hash is fixed: a change of its form would make all addresses out there void.
  EXPECT_EQ(Forward("alice@example.org"), "SRS0=55SPRY=AU=example.org=alice@our.example");
  for (const absl::string_view address :
       {"alice@example.org", "a=b=c@example.org", "\"a b\"@example.org", "Al.I+ce@[192.0.2.1]",
        "\xc3\xa4lice@example.org", "x@xn--bcher-kva.example"}) {
    const auto back = Reverse(Forward(address));
    ASSERT_TRUE(back.ok()) << address << back.status();
    EXPECT_EQ(back->ToString(), address);
  }
}

TEST(Srs, SecondAndThirdForwarder) {
  const std::string first = Forward("alice@example.org", "first.example");
  const std::string second = Forward(first, "second.example");
  const std::string third = Forward(second, "third.example");
  EXPECT_TRUE(absl::StartsWith(second, "SRS1=")) << second;
  EXPECT_TRUE(absl::EndsWith(second, "=AU=example.org=alice@second.example")) << second;
  EXPECT_TRUE(absl::StrContains(second, "=first.example==")) << second;
  EXPECT_TRUE(absl::StrContains(third, "=first.example==")) << third;
  EXPECT_EQ(Reverse(third)->ToString(), first);
  EXPECT_EQ(Reverse(second)->ToString(), first);
  EXPECT_EQ(Reverse(first)->ToString(), "alice@example.org");
  // Other forwarders separate with "+" or "-".
  const std::string plus = Forward("SRS0+ab=cd=b.org=joe@first.example", "second.example");
  EXPECT_EQ(Reverse(plus)->ToString(), "SRS0+ab=cd=b.org=joe@first.example");
}

TEST(Srs, CaseOfRelaysDoesNotMatter) {
  const std::string lower = absl::AsciiStrToLower(Forward("Alice@example.org"));
  EXPECT_EQ(Reverse(lower)->ToString(), "alice@example.org");
}

TEST(Srs, ForgedAndForeign) {
  std::string forged = Forward("alice@example.org");
  forged[5] = forged[5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Reverse(forged).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Reverse("SRS0=55SPRY=AU=example.org=bob@our.example").status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Reverse("SRS1=55SPRY=AU=example.org=alice@our.example").status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(SrsReverse(Address(Forward("alice@example.org")).local_part, {"another"}, kDay)
                .status()
                .code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(SrsReverse(Address(Forward("alice@example.org")).local_part, {}, kDay).status().code(),
            absl::StatusCode::kPermissionDenied);
  for (const absl::string_view none :
       {"", "alice", "SRS0", "SRS0=", "SRS0=abc", "SRS0=abc=de=f=g", "SRS2=abcdef=x", "srs1-"}) {
    EXPECT_EQ(SrsReverse(none, Keys(), kDay).status().code(), absl::StatusCode::kInvalidArgument)
        << none;
  }
  EXPECT_FALSE(IsSrsLocalPart("SRS0"));
  EXPECT_FALSE(IsSrsLocalPart("SRS0x=abc"));
  EXPECT_TRUE(IsSrsLocalPart("srs0=abc"));
  EXPECT_TRUE(IsSrsLocalPart("SRS1+abc"));
}

TEST(Srs, OldKeysAreAccepted) {
  const std::string address = Forward("alice@example.org");
  const std::vector<std::string> keys = {"the new key", Keys().front()};
  EXPECT_EQ(SrsReverse(Address(address).local_part, keys, kDay)->ToString(), "alice@example.org");
  EXPECT_NE(SrsForward(Address("alice@example.org"), "our.example", keys, kDay)->ToString(),
            address);
}

TEST(Srs, IsValidForTwentyOneDays) {
  // Over the end of a period of 1024 days too.
  for (const int64_t day : {kDay, int64_t{1023}, int64_t{20'479}, int64_t{20'480}}) {
    const std::string address = Forward("alice@example.org", "our.example", day);
    EXPECT_TRUE(Reverse(address, day + 21).ok()) << day;
    EXPECT_TRUE(Reverse(address, day - 1).ok()) << day;
    for (const int64_t other : {day + 22, day - 2, day + 500}) {
      EXPECT_EQ(Reverse(address, other).status().code(), absl::StatusCode::kDeadlineExceeded);
    }
  }
}

TEST(Srs, WhatCannotBeRewritten) {
  const auto rewritten = [](absl::string_view address) {
    return SrsForward(Address(address), "our.example", Keys(), kDay).status().code();
  };
  // 15 octets of scheme, hash and day, 11 of domain, "=".
  EXPECT_EQ(rewritten(absl::StrCat(std::string(37, 'a'), "@example.org")), absl::StatusCode::kOk);
  EXPECT_EQ(rewritten(absl::StrCat(std::string(38, 'a'), "@example.org")),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(SrsForward(MailboxAddress{.local_part = "postmaster"}, "our.example", Keys(), kDay)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SrsForward(Address("a@b.org"), "our.example", {}, kDay).status().code(),
            absl::StatusCode::kInvalidArgument);
  // U+0338, a stroke through the character before it: with "=" it is U+2260 in NFC.
  EXPECT_EQ(rewritten("\xcc\xb8@example.org"), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthorn::mail
