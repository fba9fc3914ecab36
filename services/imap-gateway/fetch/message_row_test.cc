#include "imap-gateway/fetch/message_row.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

TEST(RowWriter, WritesColumnsInTheOrderAsked) {
  v1::FetchMetadataBlock block;
  block.mutable_flags()->add_uids(7);
  block.mutable_flags()->add_flags(1);
  block.mutable_flags()->add_keywords(1);
  block.add_internal_dates(0);
  block.add_sizes(1234);
  MessageRow row = RowOf(block, 0);
  row.number = 5;
  row.recent = true;
  const std::vector<std::string> keywords = {"$Work"};
  Scanner scanner("(RFC822.SIZE FLAGS INTERNALDATE)");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), true);
  std::string out;
  EXPECT_TRUE(RowWriter(keywords).AppendColumns(out, plan, row, true));
  EXPECT_EQ(out,
            "* 5 FETCH (UID 7 RFC822.SIZE 1234 FLAGS (\\Seen $Work \\Recent) "
            "INTERNALDATE \" 1-Jan-1970 00:00:00 +0000\"");
}

TEST(RowWriter, AddsFlagsThatChanged) {
  Scanner scanner("BODY[]");
  const FetchPlan plan = PlanFetch(ParseFetchItems(scanner), false);
  MessageRow row;
  row.number = 1;
  row.flags = 1;
  std::string out;
  RowWriter writer({});
  EXPECT_FALSE(writer.AppendColumns(out, plan, row, false));
  EXPECT_TRUE(writer.AppendColumns(out, plan, row, true));
  EXPECT_EQ(out, "* 1 FETCH (* 1 FETCH (FLAGS (\\Seen)");
}

}  // namespace
}  // namespace posthorn::imap
