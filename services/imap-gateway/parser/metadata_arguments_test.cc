#include "imap-gateway/parser/metadata_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace posthorn::imap {
namespace {

using testing::ElementsAre;

GetMetadataArguments Get(absl::string_view text, bool valid = true) {
  Scanner scanner(text);
  GetMetadataArguments arguments = ParseGetMetadata(scanner);
  scanner.End();
  EXPECT_EQ(scanner.ok(), valid) << text;
  return arguments;
}

SetMetadataArguments Set(absl::string_view text, bool valid = true) {
  Scanner scanner(text);
  SetMetadataArguments arguments = ParseSetMetadata(scanner);
  scanner.End();
  EXPECT_EQ(scanner.ok(), valid) << text;
  return arguments;
}

TEST(GetMetadata, EntriesAndOptions) {
  const GetMetadataArguments one = Get("INBOX /private/comment");
  EXPECT_EQ(one.mailbox, "INBOX");
  EXPECT_THAT(one.entries, ElementsAre("/private/comment"));
  EXPECT_EQ(one.depth, MetadataDepth::kZero);
  EXPECT_FALSE(one.max_size.has_value());
  EXPECT_THAT(Get("\"\" (/shared/a /private/b)").entries, ElementsAre("/shared/a", "/private/b"));
}

// RFC 5464 has the options before the mailbox in its grammar and behind it in its examples.
TEST(GetMetadata, OptionsOnBothSides) {
  for (const char* text : {"(MAXSIZE 1024 DEPTH infinity) INBOX (/private/x)",
                           "INBOX (maxsize 1024 depth INFINITY) /private/x"}) {
    const GetMetadataArguments arguments = Get(text);
    EXPECT_EQ(arguments.max_size, 1024u) << text;
    EXPECT_EQ(arguments.depth, MetadataDepth::kInfinity) << text;
    EXPECT_THAT(arguments.entries, ElementsAre("/private/x")) << text;
  }
  EXPECT_EQ(Get("INBOX (DEPTH 1) (/private/x)").depth, MetadataDepth::kOne);
}

TEST(GetMetadata, Malformed) {
  Get("INBOX", false);
  Get("INBOX ()", false);
  Get("INBOX (DEPTH 2) /private/x", false);
  Get("(FOO 1) INBOX /private/x", false);
  Get("INBOX (DEPTH 1)", false);
  Get("INBOX \"\"", false);
}

TEST(SetMetadata, ValuesAndNil) {
  const SetMetadataArguments set =
      Set("INBOX (/private/a NIL /shared/b \"x\" /private/c {2}\r\nyz)");
  ASSERT_EQ(set.entries.size(), 3u);
  EXPECT_FALSE(set.entries[0].second.has_value());
  EXPECT_EQ(set.entries[1].second, "x");
  EXPECT_EQ(set.entries[2].second, "yz");
}

TEST(SetMetadata, Literal8HoldsAnyOctet) {
  const std::string value("\0\r\n\xff)", 5);
  const SetMetadataArguments set =
      Set(absl::StrCat("INBOX (/private/a ~{5}\r\n", value, " /private/b NIL)"));
  ASSERT_EQ(set.entries.size(), 2u);
  EXPECT_EQ(set.entries[0].second, value);
  Set(absl::StrCat("INBOX (/private/a {5}\r\n", value, ")"), false);
  Set("INBOX (~{10}\r\n/private/a \"x\")", false);
  Set("INBOX (/private/a ~\"x\")", false);
}

TEST(SetMetadata, Malformed) {
  Set("INBOX ()", false);
  Set("INBOX /private/a \"x\"", false);
  Set("INBOX (/private/a)", false);
  Set("INBOX (/private/a atom)", false);
}

}  // namespace
}  // namespace posthorn::imap
