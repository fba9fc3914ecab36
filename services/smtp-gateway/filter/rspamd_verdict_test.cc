#include "smtp-gateway/filter/rspamd_verdict.h"

#include <gmock/gmock.h>

namespace posthorn::filter {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kHeader[] = "Subject: cheap\r\nX-Spam: No\r\nX-Spam-Status: No, honest\r\n\r\n";

RspamdResult Result(RspamdAction action) {
  RspamdResult result;
  result.action = action;
  result.score = 7;
  result.required_score = 15;
  return result;
}

std::string Applied(const RspamdResult& result, bool submission = false) {
  HeaderEditor header(kHeader);
  ApplyRspamdHeaders(result, RspamdVerdict(result, submission), submission, header);
  return header.Finish();
}

TEST(RspamdVerdictTest, FollowsTheAction) {
  const auto verdict = [](RspamdAction action) { return RspamdVerdict(Result(action), false); };
  EXPECT_EQ(verdict(RspamdAction::kNone).action, Action::kDeliver);
  EXPECT_EQ(verdict(RspamdAction::kAddHeader).action, Action::kJunk);
  EXPECT_EQ(verdict(RspamdAction::kRewriteSubject).action, Action::kJunk);
  EXPECT_EQ(verdict(RspamdAction::kQuarantine).action, Action::kJunk);
  EXPECT_EQ(verdict(RspamdAction::kDiscard).action, Action::kDiscard);
  const Verdict rejected = verdict(RspamdAction::kReject);
  EXPECT_EQ(rejected.action, Action::kReject);
  EXPECT_EQ(rejected.code, 554);
  EXPECT_EQ(rejected.status, "5.7.1");
  EXPECT_EQ(rejected.text, "Message refused as spam");
  for (const RspamdAction action : {RspamdAction::kSoftReject, RspamdAction::kGreylist}) {
    EXPECT_EQ(verdict(action).action, Action::kTempfail);
    EXPECT_EQ(verdict(action).code, 451);
    EXPECT_EQ(verdict(action).status, "4.7.1");
  }
}

TEST(RspamdVerdictTest, UsersAreRefusedOrNot) {
  const auto action = [](RspamdAction of) { return RspamdVerdict(Result(of), true).action; };
  EXPECT_EQ(action(RspamdAction::kReject), Action::kReject);
  EXPECT_EQ(action(RspamdAction::kSoftReject), Action::kTempfail);
  for (const RspamdAction other :
       {RspamdAction::kNone, RspamdAction::kGreylist, RspamdAction::kAddHeader,
        RspamdAction::kRewriteSubject, RspamdAction::kQuarantine, RspamdAction::kDiscard}) {
    EXPECT_EQ(action(other), Action::kDeliver);
  }
}

TEST(RspamdVerdictTest, SpamAndForgedMailCauseNoNotifications) {
  EXPECT_TRUE(RspamdVerdict(Result(RspamdAction::kAddHeader), false).suspicious);
  EXPECT_FALSE(RspamdVerdict(Result(RspamdAction::kNone), false).suspicious);
  RspamdResult forged = Result(RspamdAction::kNone);
  forged.symbols = {"DMARC_POLICY_SOFTFAIL"};
  EXPECT_TRUE(RspamdVerdict(forged, false).suspicious);
  EXPECT_FALSE(RspamdVerdict(forged, true).suspicious);
}

TEST(RspamdVerdictTest, SaysWhatRspamdSays) {
  RspamdResult result = Result(RspamdAction::kReject);
  result.smtp_message = "Gtube\r\n250 ok \xc3\xa4" + std::string(1'000, 'x');
  const Verdict verdict = RspamdVerdict(result, false);
  EXPECT_THAT(verdict.text, StartsWith("Gtube??250 ok ??xxx"));
  EXPECT_EQ(verdict.text.size(), 300u);
}

TEST(RspamdVerdictTest, MarksSpamAndDropsMarksOfOthers) {
  EXPECT_EQ(Applied(Result(RspamdAction::kAddHeader)),
            "X-Spam-Status: Yes, score=7.00 required=15.00\r\nX-Spam: Yes\r\n"
            "Subject: cheap\r\n\r\n");
  EXPECT_EQ(Applied(Result(RspamdAction::kNone)),
            "X-Spam-Status: No, score=7.00 required=15.00\r\nSubject: cheap\r\n\r\n");
  EXPECT_EQ(Applied(Result(RspamdAction::kAddHeader), true), kHeader);
}

TEST(RspamdVerdictTest, RewritesTheSubject) {
  RspamdResult result = Result(RspamdAction::kRewriteSubject);
  result.subject = "[spam] cheap";
  EXPECT_THAT(Applied(result), HasSubstr("\r\nSubject: [spam] cheap\r\n\r\n"));
  EXPECT_EQ(Applied(result, true), kHeader);
  result.subject = "x\r\nBcc: y";
  EXPECT_THAT(Applied(result), HasSubstr("\r\nSubject: cheap\r\n\r\n"));
}

TEST(RspamdVerdictTest, AppliesTheHeadersOfModules) {
  RspamdResult result = Result(RspamdAction::kNone);
  result.remove_headers = {{"Subject", 0}};
  result.add_headers = {{"Authentication-Results", "mx; spf=pass", 1},
                        {"X-Spamd-Result", "default;\r\n\tA(1)", -1},
                        {"X-Bad", "a\r\nBcc: b", -1},
                        {"X-Spam-Status", "No, score=1", -1}};
  EXPECT_EQ(Applied(result),
            "Authentication-Results: mx; spf=pass\r\nX-Spamd-Result: default;\r\n\tA(1)\r\n"
            "X-Spam-Status: No, score=1\r\n\r\n");
}

TEST(RspamdVerdictTest, SaysThatAMessageWasNotScanned) {
  HeaderEditor header(kHeader);
  MarkNotScanned(header);
  EXPECT_EQ(header.Finish(), "X-Spam-Status: No, not scanned: too large\r\nSubject: cheap\r\n\r\n");
}

}  // namespace
}  // namespace posthorn::filter
