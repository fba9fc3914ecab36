#include "imap-gateway/response/fetch_line.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

std::string Line(const Features& features, FlagsLine line = {}) {
  line.number = 5;
  line.uid = 7;
  line.flags = 1;
  line.modseq = 99;
  std::string out;
  AppendFlagsLine(out, features, line, {});
  return out;
}

TEST(FlagsLine, TellsWhatTheSessionSwitchedOn) {
  EXPECT_EQ(Line({}), "* 5 FETCH (FLAGS (\\Seen))\r\n");
  EXPECT_EQ(Line({}, {.with_uid = true}), "* 5 FETCH (UID 7 FLAGS (\\Seen))\r\n");
  EXPECT_EQ(Line({.condstore = true}), "* 5 FETCH (UID 7 FLAGS (\\Seen) MODSEQ (99))\r\n");
  EXPECT_EQ(Line({.condstore = true}, {.no_flags = true}), "* 5 FETCH (UID 7 MODSEQ (99))\r\n");
}

TEST(FlagsLine, WithoutNumbers) {
  EXPECT_EQ(Line({.uid_only = true}, {.with_uid = true}), "* 7 UIDFETCH (FLAGS (\\Seen))\r\n");
  EXPECT_EQ(Line({.condstore = true, .uid_only = true}, {.no_flags = true}),
            "* 7 UIDFETCH (MODSEQ (99))\r\n");
}

}  // namespace
}  // namespace posthorn::imap
