#include "mail/base_subject.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace posthorn::mail {
namespace {

TEST(BaseSubject, TakesAwayWhatRepliesAndListsAdd) {
  const struct {
    const char* subject;
    const char* base;
    bool is_reply;
  } kCases[] = {
      {"", "", false},
      {"Hello", "Hello", false},
      {"  two \t\r\n  words ", "two words", false},
      {"Re: Hello", "Hello", true},
      {"RE: re: Fwd: FW: Hello", "Hello", true},
      {"Re [2]: Hello", "Hello", true},
      {"re[list] : Hello", "Hello", true},
      {"[list] Hello", "Hello", false},
      {"[list] Re: [other] Re: Hello", "Hello", true},
      {"[a] [b] Hello", "Hello", false},
      {"[list]", "[list]", false},
      {"[a][b]", "[b]", false},
      {"Hello (fwd)", "Hello", true},
      {"Hello (FWD) (fwd) ", "Hello", true},
      {"[fwd: Hello]", "Hello", true},
      {"[Fwd: Re: [x] Hello (fwd)]", "Hello", true},
      {"Report: x", "Report: x", false},
      {"Re:", "", true},
      {"[open Hello", "[open Hello", false},
      {"Re: [[x] y", "[[x] y", true},
  };
  for (const auto& c : kCases) {
    const BaseSubject base = ExtractBaseSubject(c.subject);
    EXPECT_EQ(base.text, c.base) << c.subject;
    EXPECT_EQ(base.is_reply, c.is_reply) << c.subject;
  }
}

TEST(BaseSubject, IsLinearInItsLength) {
  std::string blobs;
  for (int i = 0; i < 300'000; ++i) {
    blobs += "[]";
  }
  EXPECT_EQ(ExtractBaseSubject(blobs).text, "[]");
  EXPECT_EQ(ExtractBaseSubject(absl::StrCat(blobs, " x")).text, "x");
}

}  // namespace
}  // namespace posthorn::mail
