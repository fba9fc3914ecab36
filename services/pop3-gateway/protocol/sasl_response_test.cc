#include "pop3-gateway/protocol/sasl_response.h"

#include <string>

#include "gtest/gtest.h"

namespace posthorn::pop3 {
namespace {

using std::string_literals::operator""s;

TEST(SaslResponse, Decodes) {
  EXPECT_EQ(DecodeSaslResponse("AGFsaWNlAHNlY3JldA==").value(), "\0alice\0secret"s);
  EXPECT_EQ(DecodeSaslResponse("").value(), "");
}

TEST(SaslResponse, StarCancels) {
  EXPECT_EQ(DecodeSaslResponse("*").status().code(), absl::StatusCode::kCancelled);
}

TEST(SaslResponse, RefusesWhatIsNotCanonical) {
  for (const char* line :
       {"AGE", "AG E", "AGE=====", "A===", "=", "AG_-", "AGEA\r", "*AAA", "===="}) {
    EXPECT_EQ(DecodeSaslResponse(line).status().code(), absl::StatusCode::kInvalidArgument) << line;
  }
}

TEST(SaslResponse, EqualsSignIsAnEmptyInitialResponse) {
  EXPECT_EQ(DecodeInitialResponse("=").value(), "");
  EXPECT_EQ(DecodeInitialResponse("YQ==").value(), "a");
}

}  // namespace
}  // namespace posthorn::pop3
