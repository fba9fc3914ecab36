#include "smtp-gateway/reply/reply.h"

#include <gtest/gtest.h>

#include <string>

namespace posthorn::smtp {
namespace {

TEST(ReplyWriterTest, GathersReplies) {
  ReplyWriter writer;
  writer.AppendContinued(250, "mx.example.org");
  writer.Append(250, {}, "HELP");
  writer.Append({550, "5.1.1", "No"});
  EXPECT_EQ(writer.pending(), "250-mx.example.org\r\n250 HELP\r\n550 5.1.1 No\r\n");
  writer.Clear();
  EXPECT_EQ(writer.pending(), "");
}

TEST(ReplyWriterTest, TextsCannotBeginAnotherReply) {
  ReplyWriter writer;
  writer.Append(250, {}, std::string_view("a\r\n500 b\0\x7f", 10));
  EXPECT_EQ(writer.pending(), "250-a?\r\n250 500 b??\r\n");
}

TEST(ReplyWriterTest, EveryLineHasCodeAndStatus) {
  ReplyWriter writer;
  writer.Append({550, "5.7.1", "One\nTwo\n"});
  EXPECT_EQ(writer.pending(), "550-5.7.1 One\r\n550-5.7.1 Two\r\n550 5.7.1 \r\n");
}

}  // namespace
}  // namespace posthorn::smtp
