#include "smtp-gateway/filter/rspamd_result.h"

#include <gtest/gtest.h>

namespace posthorn::filter {
namespace {

TEST(RspamdResultTest, ReadsAnAnswer) {
  const auto result = ParseRspamdResult(R"({
    "is_skipped": false, "score": 12.5, "required_score": 15.0, "action": "rewrite subject",
    "subject": "[spam] hi", "messages": {"smtp_message": "No"}, "symbols": {"A": {"score": 1}, "B": {}},
    "milter": {
      "remove_headers": {"X-Spam": 0, "X-Two": [1, -2], "X-Bad": "all"},
      "add_headers": {
        "X-A": {"value": "a;\r\n\tb", "order": 1}, "X-B": "b",
        "X-C": [{"value": "c1"}, "c2"], "X-D": 7}}})");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->action, RspamdAction::kRewriteSubject);
  EXPECT_EQ(result->score, 12.5);
  EXPECT_EQ(result->required_score, 15);
  EXPECT_EQ(result->subject, "[spam] hi");
  EXPECT_EQ(result->smtp_message, "No");
  EXPECT_TRUE(result->HasSymbol("B"));
  EXPECT_FALSE(result->HasSymbol("C"));
  ASSERT_EQ(result->add_headers.size(), 4u);
  EXPECT_EQ(result->add_headers[0].value, "a;\r\n\tb");
  EXPECT_EQ(result->add_headers[0].order, 1);
  EXPECT_EQ(result->add_headers[1].value, "b");
  EXPECT_EQ(result->add_headers[1].order, -1);
  EXPECT_EQ(result->add_headers[2].value, "c1");
  EXPECT_EQ(result->add_headers[3].value, "c2");
  const std::vector<std::pair<std::string, int64_t>> removed = {
      {"X-Spam", 0}, {"X-Two", 1}, {"X-Two", -2}};
  EXPECT_EQ(result->remove_headers, removed);
}

TEST(RspamdResultTest, KnowsTheActions) {
  const auto action = [](const std::string& name) {
    return ParseRspamdResult("{\"action\": \"" + name + "\"}")->action;
  };
  EXPECT_EQ(action("no action"), RspamdAction::kNone);
  EXPECT_EQ(action("greylist"), RspamdAction::kGreylist);
  EXPECT_EQ(action("add header"), RspamdAction::kAddHeader);
  EXPECT_EQ(action("soft reject"), RspamdAction::kSoftReject);
  EXPECT_EQ(action("reject"), RspamdAction::kReject);
  EXPECT_EQ(action("quarantine"), RspamdAction::kQuarantine);
  EXPECT_EQ(action("discard"), RspamdAction::kDiscard);
  EXPECT_EQ(action("of our own"), RspamdAction::kNone);
}

TEST(RspamdResultTest, RefusesWhatIsNoAnswer) {
  for (const std::string json : {"", "[]", "7", "{}", "{\"action\": 1}", "{\"action\": \"reject\"",
                                 "{\"error\": \"no\"}", "\xff"}) {
    EXPECT_FALSE(ParseRspamdResult(json).ok()) << json;
  }
}

TEST(RspamdResultTest, PassesOverMembersOfOtherTypes) {
  const auto result = ParseRspamdResult(
      R"({"action": "reject", "score": "x", "required_score": 1e300, "subject": 7, "messages": [],
          "symbols": 1, "milter": {"add_headers": [], "remove_headers": {"A": {"b": [[]]}}}})");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->score, 0);
  EXPECT_EQ(result->required_score, 10'000);
  EXPECT_TRUE(result->add_headers.empty());
  EXPECT_TRUE(result->remove_headers.empty());
}

TEST(RspamdResultTest, SurvivesDepth) {
  EXPECT_FALSE(ParseRspamdResult(std::string(500'000, '[')).ok());
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_TRUE(ParseRspamdResult("{\"action\": \"reject\", \"x\": " + deep + "}").ok());
}

}  // namespace
}  // namespace posthorn::filter
