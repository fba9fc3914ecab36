#include "imap-gateway/commands/command_table.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

TEST(CommandTable, EveryRowIsWhole) {
  std::set<absl::string_view> names;
  for (const CommandRow& row : CommandTable()) {
    EXPECT_EQ(absl::AsciiStrToUpper(row.name), row.name);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_NE(row.states & kAnyState, 0) << row.name;
    EXPECT_EQ(row.states & ~kAnyState, 0) << row.name;
    EXPECT_TRUE(absl::StartsWith(row.rfc, "RFC ")) << row.name;
    EXPECT_TRUE(row.action.run != nullptr && row.action.parse != nullptr) << row.name;
    EXPECT_EQ(FindCommand(row.name), &row);
  }
}

TEST(CommandTable, HasEveryCommandOfRfc3501) {
  for (const char* name :
       {"CAPABILITY", "NOOP",   "LOGOUT", "STARTTLS",  "AUTHENTICATE", "LOGIN",       "SELECT",
        "EXAMINE",    "CREATE", "DELETE", "RENAME",    "SUBSCRIBE",    "UNSUBSCRIBE", "LIST",
        "LSUB",       "STATUS", "APPEND", "CHECK",     "CLOSE",        "EXPUNGE",     "SEARCH",
        "FETCH",      "STORE",  "COPY",   "UID FETCH", "UID STORE",    "UID SEARCH",  "UID COPY"}) {
    EXPECT_NE(FindCommand(name), nullptr) << name;
  }
  EXPECT_EQ(FindCommand("UID"), nullptr);
  EXPECT_EQ(FindCommand("XYZZY"), nullptr);
}

TEST(CommandTable, BeforeLoginOnlyWhatLoginNeeds) {
  std::set<absl::string_view> allowed;
  for (const CommandRow& row : CommandTable()) {
    if ((row.states & kNotAuthenticated) != 0) {
      allowed.insert(row.name);
    }
  }
  EXPECT_EQ(allowed, (std::set<absl::string_view>{"CAPABILITY", "NOOP", "LOGOUT", "ID", "LANGUAGE",
                                                  "STARTTLS", "AUTHENTICATE", "LOGIN"}));
}

TEST(CommandTable, ExpungesAreHeldWhereSequenceNumbersAreInUse) {
  for (const char* name : {"FETCH", "STORE", "SEARCH", "UID SEARCH", "SORT", "UID SORT", "THREAD",
                           "UID THREAD", "ESEARCH"}) {
    EXPECT_NE(FindCommand(name)->flags & kHoldsExpunges, 0u) << name;
  }
  for (const char* name : {"NOOP", "CHECK", "IDLE", "UID FETCH", "UID STORE", "EXPUNGE",
                           "UID EXPUNGE", "COPY", "UID COPY", "MOVE", "UID MOVE"}) {
    EXPECT_EQ(FindCommand(name)->flags & kHoldsExpunges, 0u) << name;
  }
}

}  // namespace
}  // namespace posthorn::imap
