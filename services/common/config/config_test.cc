#include "common/config/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/flags/flag.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

ABSL_FLAG(std::string, test_secret, "", "a setting of this test");
ABSL_FLAG(int, test_number, 0, "a setting of this test");
ABSL_FLAG(posthorn::config::Count, test_count, posthorn::config::Count(1),
          "a setting of this test");

namespace posthorn::config {
namespace {

absl::Status Apply(std::vector<std::string> variables) {
  std::vector<char*> environment;
  for (std::string& variable : variables) {
    environment.push_back(variable.data());
  }
  environment.push_back(nullptr);
  return ApplyEnvironment(environment.data());
}

TEST(Config, TakesAFlagFromItsTwin) {
  ASSERT_TRUE(Apply({"HOME=/", "POSTHORN_TEST_NUMBER=7"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_test_number), 7);
}

TEST(Config, CountsAreAtLeastOne) {
  EXPECT_TRUE(Apply({"POSTHORN_TEST_COUNT=3"}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_test_count).value(), 3);
  for (const char* bad : {"0", "-1", "1000001", "many", ""}) {
    EXPECT_FALSE(Apply({absl::StrCat("POSTHORN_TEST_COUNT=", bad)}).ok()) << bad;
  }
  EXPECT_EQ(absl::GetFlag(FLAGS_test_count).value(), 3);
}

TEST(Config, RefusesAnUnknownName) {
  const absl::Status status = Apply({"POSTHORN_TEST_NUMBRE=7"});
  EXPECT_TRUE(absl::StrContains(status.message(), "POSTHORN_TEST_NUMBRE"));
}

TEST(Config, LeavesMailctlsNamesAlone) {
  EXPECT_TRUE(Apply({"POSTHORN_MAILCTL_CERT_FILE=/x"}).ok());
}

TEST(Config, RefusesAValueItCannotRead) {
  EXPECT_FALSE(Apply({"POSTHORN_TEST_NUMBER=seven"}).ok());
}

TEST(Config, ReadsASecretFromAFile) {
  char path[] = "/tmp/posthorn-config-test-XXXXXX";
  ::close(::mkstemp(path));
  std::ofstream(path) << "hush\n";
  ASSERT_TRUE(Apply({std::string("POSTHORN_TEST_SECRET_FILE=") + path}).ok());
  EXPECT_EQ(absl::GetFlag(FLAGS_test_secret), "hush");
  std::remove(path);
  EXPECT_FALSE(Apply({std::string("POSTHORN_TEST_SECRET_FILE=") + path}).ok());
}

}  // namespace
}  // namespace posthorn::config
