#include "smtp-gateway/store/foreign_domains.h"

#include <gtest/gtest.h>

namespace posthorn::smtp {
namespace {

using std::chrono::milliseconds;

constexpr ForeignDomains::Clock::time_point kStart{std::chrono::hours(1)};

TEST(ForeignDomains, AreKnownByAnyOfTheirAddresses) {
  ForeignDomains domains(milliseconds(1000), 10);
  domains.Insert("bob@Example.NET", kStart);
  EXPECT_TRUE(domains.Contains("\"a@b\"@example.net", kStart));
  EXPECT_FALSE(domains.Contains("bob@sub.example.net", kStart));
  EXPECT_FALSE(domains.Contains("example.net", kStart));
}

TEST(ForeignDomains, AreForgotten) {
  ForeignDomains domains(milliseconds(1000), 10);
  domains.Insert("bob@example.net", kStart);
  EXPECT_TRUE(domains.Contains("bob@example.net", kStart + milliseconds(999)));
  EXPECT_FALSE(domains.Contains("bob@example.net", kStart + milliseconds(1000)));
}

TEST(ForeignDomains, AnAddressWithoutADomainIsNot) {
  ForeignDomains domains(milliseconds(1000), 10);
  domains.Insert("postmaster", kStart);
  EXPECT_FALSE(domains.Contains("postmaster", kStart));
}

TEST(ForeignDomains, AreBounded) {
  ForeignDomains domains(milliseconds(1000), 2);
  domains.Insert("a@one.example", kStart);
  domains.Insert("a@two.example", kStart);
  domains.Insert("a@three.example", kStart);
  EXPECT_FALSE(domains.Contains("a@one.example", kStart));
  EXPECT_TRUE(domains.Contains("a@three.example", kStart));
}

}  // namespace
}  // namespace posthorn::smtp
