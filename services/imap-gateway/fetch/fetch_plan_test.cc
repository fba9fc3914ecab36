#include "imap-gateway/fetch/fetch_plan.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

FetchPlan Plan(absl::string_view text, bool by_uid = false) {
  Scanner scanner(text);
  FetchPlan plan = PlanFetch(ParseFetchItems(scanner), by_uid);
  EXPECT_TRUE(scanner.ok()) << text;
  return plan;
}

TEST(FetchPlan, AsksForWhatIsNeeded) {
  const FetchPlan fast = Plan("FAST");
  EXPECT_TRUE(fast.internal_date && fast.size && fast.answers_flags);
  EXPECT_FALSE(fast.envelope || fast.structure || fast.sets_seen);
  EXPECT_TRUE(Plan("ENVELOPE").envelope);
  EXPECT_TRUE(Plan("BODY").structure);
  EXPECT_TRUE(Plan("BODY[1]").structure);
  EXPECT_FALSE(Plan("BODY[]").structure);
}

TEST(FetchPlan, OfAPreviewTheStricterWordCounts) {
  using Request = v1::FetchMetadataRequest;
  EXPECT_EQ(Plan("FLAGS").preview, Request::PREVIEW_NONE);
  EXPECT_EQ(Plan("PREVIEW (LAZY)").preview, Request::PREVIEW_AT_HAND);
  EXPECT_EQ(Plan("(PREVIEW (lazy) UID)").preview, Request::PREVIEW_AT_HAND);
  EXPECT_EQ(Plan("(PREVIEW PREVIEW (LAZY))").preview, Request::PREVIEW_ALWAYS);
}

TEST(FetchPlan, UidFetchAnswersUidOnce) {
  EXPECT_EQ(Plan("FLAGS", true).columns.size(), 2u);
  EXPECT_EQ(Plan("(FLAGS UID)", true).columns.size(), 2u);
  EXPECT_TRUE(Plan("UID", true).only_uids);
  EXPECT_FALSE(Plan("(UID BODY[])", true).only_uids);
}

TEST(FetchPlan, OnlySectionsWithoutPeekSetSeen) {
  for (const char* text :
       {"BODY[]", "RFC822", "RFC822.TEXT", "(BODY.PEEK[1] BODY[2])", "BINARY[1]"}) {
    EXPECT_TRUE(Plan(text).sets_seen) << text;
  }
  for (const char* text : {"BODY.PEEK[]", "RFC822.HEADER", "RFC822.SIZE", "BODY", "ENVELOPE",
                           "BINARY.PEEK[1]", "BINARY.SIZE[1]", "PREVIEW", "SAVEDATE", "EMAILID"}) {
    EXPECT_FALSE(Plan(text).sets_seen) << text;
  }
}

}  // namespace
}  // namespace posthorn::imap
