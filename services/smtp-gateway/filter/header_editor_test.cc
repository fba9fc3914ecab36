#include "smtp-gateway/filter/header_editor.h"

#include <gtest/gtest.h>

namespace posthorn::filter {
namespace {

constexpr char kHeader[] = "Subject: one\r\nX-A: 1\r\nTo: a,\r\n b\r\nx-a: 2\r\n\r\n";

TEST(HeaderEditorTest, LeavesWhatNobodyChanges) {
  for (const std::string header :
       {kHeader, "", "\r\n", "no field\r\n\r\n", " folded\r\nA: b\r\n\r\n"}) {
    EXPECT_EQ(HeaderEditor(header).Finish(), header);
  }
}

TEST(HeaderEditorTest, AddsAndInserts) {
  HeaderEditor header(kHeader);
  EXPECT_TRUE(header.Add("X-Last", "l").ok());
  EXPECT_TRUE(header.Insert(2, "X-Second", "s").ok());
  EXPECT_TRUE(header.Insert(1, "X-First", "f").ok());
  EXPECT_TRUE(header.Insert(1000, "X-End", " e").ok());
  EXPECT_EQ(header.Finish(),
            "X-First: f\r\nSubject: one\r\nX-Second: s\r\nX-A: 1\r\nTo: a,\r\n b\r\nx-a: 2\r\n"
            "X-Last: l\r\nX-End: e\r\n\r\n");
}

TEST(HeaderEditorTest, ChangesAndRemovesByNumber) {
  HeaderEditor header(kHeader);
  EXPECT_TRUE(header.Change("X-A", 2, "two").ok());
  EXPECT_TRUE(header.Change("X-A", 3, "three").ok());
  header.Remove("Subject", 2);
  header.Remove("x-a", -3);
  EXPECT_EQ(header.Finish(), "Subject: one\r\nTo: a,\r\n b\r\nX-A: two\r\nX-A: three\r\n\r\n");
  header.Remove("X-A");
  EXPECT_EQ(header.Finish(), "Subject: one\r\nTo: a,\r\n b\r\n\r\n");
  EXPECT_FALSE(header.Has("X-A"));
  EXPECT_TRUE(header.Has("TO"));
}

TEST(HeaderEditorTest, ALineOfTheClientDoesNotContinueAnInsertedField) {
  HeaderEditor header("\tdkim=pass header.d=bank.example\r\nSubject: x\r\n\r\n");
  EXPECT_TRUE(header.Insert(0, "Authentication-Results", "mx.example; none").ok());
  EXPECT_EQ(header.Finish(),
            "\tdkim=pass header.d=bank.example\r\nAuthentication-Results: mx.example; none\r\n"
            "Subject: x\r\n\r\n");
}

TEST(HeaderEditorTest, AHeaderWithoutItsEmptyLineGetsALineEnd) {
  HeaderEditor header("Subject: x");
  EXPECT_TRUE(header.Add("X-A", "b").ok());
  EXPECT_EQ(header.Finish(), "Subject: x\r\nX-A: b\r\n");
}

TEST(HeaderEditorTest, TakesFoldedValuesOfEitherLineEnd) {
  EXPECT_EQ(*CheckedValue("a;\n\tb;\r\n c\r\n"), "a;\r\n\tb;\r\n c");
  EXPECT_EQ(*CheckedValue(""), "");
}

TEST(HeaderEditorTest, RefusesWhatWouldBeginAnotherField) {
  using std::string_literals::operator""s;
  HeaderEditor header(kHeader);
  for (const std::string& value :
       {"a\r\nBcc: x"s, "a\nb"s, "a\r\n\r\nbody"s, "a\r\n \r\n b"s, "a\rb"s, "a\0b"s, "a\x1b"s}) {
    EXPECT_FALSE(header.Add("X-B", value).ok()) << value;
    EXPECT_FALSE(header.Change("Subject", 1, value).ok()) << value;
  }
  for (const std::string& name :
       {""s, "X:"s, "X B"s, "X\r\nY"s, "\xc3\xa4"s, std::string(300, 'x')}) {
    EXPECT_FALSE(header.Insert(0, name, "x").ok()) << name;
  }
  EXPECT_EQ(header.Finish(), kHeader);
}

TEST(HeaderEditorTest, HasLimits) {
  HeaderEditor header(kHeader);
  for (size_t i = 0; i < HeaderEditor::kMaxFields; ++i) {
    EXPECT_TRUE(header.Add("X-B", "b").ok());
  }
  EXPECT_TRUE(absl::IsResourceExhausted(header.Add("X-B", "b")));
  HeaderEditor other(kHeader);
  EXPECT_TRUE(
      absl::IsResourceExhausted(other.Add("X-B", std::string(HeaderEditor::kMaxOctets, 'x'))));
  EXPECT_EQ(other.Finish(), kHeader);
}

}  // namespace
}  // namespace posthorn::filter
