#include "smtp-gateway/parser/line_checker.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

using Status = LineChecker::Status;

Status Check(const std::string& text, size_t step, size_t max_line = 1000) {
  LineChecker checker(max_line);
  for (size_t pos = 0; pos < text.size(); pos += step) {
    const Status status = checker.Feed(std::string_view(text).substr(pos, step));
    if (status != Status::kOk) {
      return status;
    }
  }
  return checker.Finish();
}

TEST(LineCheckerTest, WantsCrLfWhateverThePieces) {
  for (size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(Check("a\r\n\r\n.\r\nb", step), Status::kOk);
    EXPECT_EQ(Check("", step), Status::kOk);
    EXPECT_EQ(Check("a\nb", step), Status::kBareLineEnd);
    EXPECT_EQ(Check("a\rb", step), Status::kBareLineEnd);
    EXPECT_EQ(Check("a\r\r\n", step), Status::kBareLineEnd);
    EXPECT_EQ(Check("a\r\n\n", step), Status::kBareLineEnd);
    EXPECT_EQ(Check("a\r", step), Status::kBareLineEnd);
    EXPECT_EQ(Check("\n", step), Status::kBareLineEnd);
  }
}

TEST(LineCheckerTest, LimitsLines) {
  for (size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(Check("12345\r\n12345\r\n", step, 5), Status::kOk);
    EXPECT_EQ(Check("123456\r\n", step, 5), Status::kLineTooLong);
  }
}

TEST(LineCheckerTest, ChecksTheHeaderOfABinaryMessage) {
  for (size_t step = 1; step < 8; ++step) {
    LineChecker checker(10, LineChecker::Scope::kHeader);
    const std::string text = "A: b\r\n\r\n\r\r\n\n" + std::string(50, 'x') + "\r";
    for (size_t i = 0; i < text.size(); i += step) {
      ASSERT_EQ(checker.Feed(std::string_view(text).substr(i, step)), LineChecker::Status::kOk);
    }
    EXPECT_EQ(checker.Finish(), LineChecker::Status::kOk);
  }
  LineChecker checker(10, LineChecker::Scope::kHeader);
  EXPECT_EQ(checker.Feed("A: b\nC: d\r\n\r\n"), LineChecker::Status::kBareLineEnd);
}

}  // namespace
}  // namespace posthorn::smtp
