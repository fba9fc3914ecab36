#include "mail/submission_header.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

const SubmissionDefaults kDefaults = {.date = {.unix_seconds = 1'790'000'000, .zone_minutes = 120},
                                      .message_id = "4711@our.example",
                                      .from = "alice@our.example"};
constexpr absl::string_view kAdded =
    "Date: Mon, 21 Sep 2026 16:13:20 +0200\r\n"
    "From: <alice@our.example>\r\n"
    "Message-ID: <4711@our.example>\r\n";

std::string Complete(absl::string_view header) {
  const auto result = CompleteSubmittedHeader(header, kDefaults);
  return result.ok() ? *result : std::string(result.status().message());
}

TEST(SubmittedHeader, WhatIsCompleteStays) {
  constexpr absl::string_view kComplete =
      "DATE : yesterday\r\nfrom:\tBob\r\n <b@x.org>\r\nMessage-Id: <1@x>\r\nX: \xff  \r\n\r\n";
  EXPECT_EQ(Complete(kComplete), kComplete);
}

TEST(SubmittedHeader, AddsWhatIsMissing) {
  EXPECT_EQ(Complete("Subject: x\r\n\r\n"), absl::StrCat("Subject: x\r\n", kAdded, "\r\n"));
  EXPECT_EQ(Complete("\r\n"), absl::StrCat(kAdded, "\r\n"));
  EXPECT_EQ(Complete(""), absl::StrCat(kAdded, "\r\n"));
  EXPECT_EQ(Complete("Subject: no end"), absl::StrCat("Subject: no end\r\n", kAdded, "\r\n"));
  EXPECT_EQ(Complete("From: a\r\nDate: b\r\n\r\n"),
            "From: a\r\nDate: b\r\nMessage-ID: <4711@our.example>\r\n\r\n");
  // Lines that are no field stay, and swallow nothing.
  EXPECT_EQ(Complete(" x\r\njunk\r\n\r\n"), absl::StrCat(" x\r\njunk\r\n", kAdded, "\r\n"));
}

TEST(SubmittedHeader, RemovesHiddenRecipients) {
  EXPECT_EQ(
      Complete("From: a\r\nBcc: b@x.org,\r\n\tc@x.org,\r\n d@x.org\r\nDate: x\r\nbCC : e\r\n"
               "Message-ID: <1@x>\r\nReturn-Path: <f@x.org>\r\nResent-Bcc: g\r\nBcc:\r\n\r\n"),
      "From: a\r\nDate: x\r\nMessage-ID: <1@x>\r\n\r\n");
  EXPECT_EQ(Complete("Bcc: a\r\n\r\n"), absl::StrCat(kAdded, "\r\n"));
  EXPECT_EQ(Complete("X-Bcc: a\r\n\r\n"), absl::StrCat("X-Bcc: a\r\n", kAdded, "\r\n"));
}

TEST(SubmittedHeader, Limits) {
  const std::string longest(kMaxSubmissionHeader - 7, 'x');
  EXPECT_TRUE(CompleteSubmittedHeader(absl::StrCat("A: ", longest, "\r\n\r\n"), kDefaults).ok());
  EXPECT_EQ(
      CompleteSubmittedHeader(absl::StrCat("A: x", longest, "\r\n\r\n"), kDefaults).status().code(),
      absl::StatusCode::kOutOfRange);
  SubmissionDefaults bad = kDefaults;
  bad.from = "a@b\r\nBcc: c";
  EXPECT_FALSE(CompleteSubmittedHeader("\r\n", bad).ok());
  bad = kDefaults;
  bad.message_id = "";
  EXPECT_FALSE(CompleteSubmittedHeader("\r\n", bad).ok());
}

TEST(AuthenticationResults, OurOwnLeave) {
  EXPECT_EQ(RemoveAuthenticationResults(
                "A: 1\r\nAuthentication-Results: our.example; spf=pass\r\n smtp.mailfrom=x\r\n"
                "Authentication-Results: (c) OUR.example. (d) 1 ; none\r\n"
                "authentication-results : \"our.example\"; none\r\n"
                "Authentication-Results:\r\n our.example\r\n"
                "Authentication-Results: other.example; dkim=pass\r\n"
                "Authentication-Results: not-our.example 1; none\r\n"
                "X-Authentication-Results: our.example; none\r\nB: 2\r\n\r\n",
                "our.example"),
            "A: 1\r\n"
            "Authentication-Results: other.example; dkim=pass\r\n"
            "Authentication-Results: not-our.example 1; none\r\n"
            "X-Authentication-Results: our.example; none\r\nB: 2\r\n\r\n");
}

TEST(AuthenticationResults, WhatCannotBeReadLeaves) {
  EXPECT_EQ(RemoveAuthenticationResults("Authentication-Results:\r\n"
                                        "Authentication-Results: ; none\r\n"
                                        "Authentication-Results: evil our.example; none\r\n"
                                        "Authentication-Results: @our.example; none\r\n\r\n",
                                        "our.example"),
            "\r\n");
  EXPECT_EQ(RemoveAuthenticationResults("", "our.example"), "");
}

}  // namespace
}  // namespace posthorn::mail
