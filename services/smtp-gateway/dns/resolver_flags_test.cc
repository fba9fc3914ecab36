#include "smtp-gateway/dns/resolver_flags.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <string>

#include "absl/flags/declare.h"
#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"

ABSL_DECLARE_FLAG(std::string, dnssec);
ABSL_DECLARE_FLAG(std::string, dns_server);
ABSL_DECLARE_FLAG(std::string, dns_trust_anchor);

namespace posthorn::dns {
namespace {

class ResolverFlagsTest : public testing::Test {
 protected:
  ResolverFlagsTest() { absl::SetFlag(&FLAGS_dns_server, "127.0.0.1"); }

  absl::Status Make(const std::string& dnssec, const std::string& anchor) {
    absl::SetFlag(&FLAGS_dnssec, dnssec);
    absl::SetFlag(&FLAGS_dns_trust_anchor, anchor);
    return ValidatingResolverFromFlags(context_.get_executor()).status();
  }

 private:
  const absl::FlagSaver saver_;
  asio::io_context context_;
};

TEST_F(ResolverFlagsTest, NothingIsValidatedWithoutATrustAnchor) {
  EXPECT_TRUE(Make("auto", "").ok());
  EXPECT_TRUE(Make("auto", "/nowhere/root.key").ok());
}

TEST_F(ResolverFlagsTest, WhatIsRequiredMustBePossible) {
  EXPECT_EQ(Make("required", "").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Make("required", "/nowhere/root.key").code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ResolverFlagsTest, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(Make("sometimes", "").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace posthorn::dns
