#include "mailstore/directory/local_address.h"

#include <gtest/gtest.h>

#include "common/rpc/status.h"

namespace posthorn::store {
namespace {

TEST(LocalAddress, FoldsCase) {
  const LocalAddress address = ParseLocalAddress("Alice@Example.ORG").value();
  EXPECT_EQ(address.text, "Alice@example.org");
  EXPECT_EQ(address.key, "alice@example.org");
  EXPECT_EQ(address.base_key, address.key);
  EXPECT_EQ(address.detail, "");
  EXPECT_EQ(address.domain, "example.org");
  EXPECT_FALSE(address.is_postmaster);
}

TEST(LocalAddress, SplitsTheDetailOff) {
  const LocalAddress address = ParseLocalAddress("alice+Lists+x@example.org").value();
  EXPECT_EQ(address.key, "alice+lists+x@example.org");
  EXPECT_EQ(address.base_key, "alice@example.org");
  EXPECT_EQ(address.detail, "Lists+x");
}

TEST(LocalAddress, KnowsPostmaster) {
  EXPECT_TRUE(ParseLocalAddress("PostMaster").value().is_postmaster);
  EXPECT_EQ(ParseLocalAddress("PostMaster").value().domain, "");
  EXPECT_TRUE(ParseLocalAddress("POSTMASTER@example.org").value().is_postmaster);
  EXPECT_TRUE(ParseLocalAddress("\"postmaster\"@example.org").value().is_postmaster);
  EXPECT_TRUE(ParseLocalAddress("postmaster+dmarc@example.org").value().is_postmaster);
  EXPECT_FALSE(ParseLocalAddress("postmasters@example.org").value().is_postmaster);
}

TEST(LocalAddress, RefusesWithAReason) {
  for (const char* text : {"", "alice", "@example.org", "alice@", "a b@example.org", "a@b@c",
                           "<a@b>", "a@-x-.org..", "alice@example.org\n"}) {
    const absl::Status status = ParseLocalAddress(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(rpc::ReasonOf(status), v1::ErrorDetail::REASON_ADDRESS_INVALID) << text;
  }
}

TEST(NewAddress, NeedsADomainOfItsOwn) {
  EXPECT_TRUE(ParseNewAddress("alice@example.org").ok());
  for (const char* text : {"postmaster", "alice@[192.0.2.1]", "alice@[IPv6:2001:db8::1]"}) {
    EXPECT_EQ(rpc::ReasonOf(ParseNewAddress(text).status()),
              v1::ErrorDetail::REASON_ADDRESS_INVALID)
        << text;
  }
}

TEST(Domain, IsNormalised) {
  EXPECT_EQ(ParseDomain("Example.ORG").value(), "example.org");
  EXPECT_EQ(ParseDomain("b\xc3\xbc"
                        "cher.example")
                .value(),
            "xn--bcher-kva.example");
  EXPECT_EQ(rpc::ReasonOf(ParseDomain("not a domain").status()),
            v1::ErrorDetail::REASON_ADDRESS_INVALID);
}

TEST(ParseAliasAddress, ACatchAllIsADomain) {
  const auto address = ParseAliasAddress("@Example.ORG");
  ASSERT_TRUE(address.ok()) << address.status();
  EXPECT_EQ(address->text, "@example.org");
  EXPECT_EQ(address->key, "@example.org");
  EXPECT_EQ(address->base_key, "@example.org");
  EXPECT_EQ(address->domain, "example.org");
  EXPECT_FALSE(address->is_postmaster);
  EXPECT_EQ(ParseAliasAddress("Info@example.org")->key, "info@example.org");
  for (const char* text : {"@", "@a b", "@@example.org", "@[192.0.2.1]"}) {
    EXPECT_FALSE(ParseAliasAddress(text).ok()) << text;
  }
}

}  // namespace
}  // namespace posthorn::store
