#include "imap-gateway/fetch/message_row.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

TEST(RowWriter, WritesColumnsInTheOrderAsked) {
  v1::FetchMetadataBlock block;
  block.mutable_flags()->add_uids(7);
  block.mutable_flags()->add_flags(1);
  block.mutable_flags()->add_keywords(1);
  block.mutable_flags()->add_modseqs(99);
  block.add_internal_dates(0);
  block.add_sizes(1234);
  MessageRow row = RowOf(block, 0);
  row.number = 5;
  row.recent = true;
  const std::vector<std::string> keywords = {"$Work"};
  Scanner scanner("(RFC822.SIZE FLAGS INTERNALDATE)");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), true);
  std::string out;
  EXPECT_TRUE(RowWriter(Features{}, keywords).AppendColumns(out, plan, row, true));
  EXPECT_EQ(out,
            "* 5 FETCH (UID 7 RFC822.SIZE 1234 FLAGS (\\Seen $Work \\Recent) "
            "INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\"");
}

TEST(RowWriter, WritesWhatTheStoreLearnt) {
  v1::FetchMetadataBlock block;
  for (const std::uint32_t uid : {7u, 8u}) {
    block.mutable_flags()->add_uids(uid);
    block.mutable_flags()->add_flags(0);
    block.mutable_flags()->add_keywords(0);
    block.mutable_flags()->add_modseqs(1);
    block.add_save_dates(0);
    block.add_content_ids(uid);
    block.add_previews();
  }
  block.set_content_account(3);
  block.mutable_previews(0)->set_text("Look \"here\"");
  const std::vector<std::string> keywords;
  Scanner scanner("(PREVIEW SAVEDATE EMAILID THREADID)");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), false);
  std::string out;
  const Features features;
  RowWriter writer(features, keywords);
  MessageRow first = RowOf(block, 0);
  first.number = 1;
  writer.AppendColumns(out, plan, first, false);
  EXPECT_EQ(out,
            "* 1 FETCH (PREVIEW \"Look \\\"here\\\"\" SAVEDATE \" 1-Jan-1970 00:00:00 +0000\" "
            "EMAILID (M3-7) THREADID NIL");
  out.clear();
  writer.AppendColumns(out, plan, RowOf(block, 1), false);
  EXPECT_NE(out.find("PREVIEW NIL"), std::string::npos);
}

TEST(RowWriter, AddsFlagsThatChanged) {
  Scanner scanner("BODY[]");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), false);
  MessageRow row;
  row.number = 1;
  row.flags = 1;
  std::string out;
  const Features features;
  RowWriter writer(features, {});
  EXPECT_FALSE(writer.AppendColumns(out, plan, row, false));
  EXPECT_TRUE(writer.AppendColumns(out, plan, row, true));
  EXPECT_EQ(out, "* 1 FETCH (* 1 FETCH (FLAGS (\\Seen)");
}

TEST(RowWriter, FlagsThatChangedComeWithUidAndModSeqUnderCondstore) {
  Scanner scanner("BODY[]");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), false);
  MessageRow row;
  row.number = 1;
  row.uid = 7;
  row.modseq = 99;
  Features features{.condstore = true};
  std::string out;
  RowWriter writer(features, {});
  EXPECT_TRUE(writer.AppendColumns(out, plan, row, true));
  features.uid_only = true;
  EXPECT_TRUE(writer.AppendColumns(out, plan, row, true));
  EXPECT_EQ(out, "* 1 FETCH (FLAGS () UID 7 MODSEQ (99)* 7 UIDFETCH (FLAGS () MODSEQ (99)");
}

}  // namespace
}  // namespace posthorn::imap
