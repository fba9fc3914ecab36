#include "imap-gateway/response/strings.h"

#include <gtest/gtest.h>

#include "imap-gateway/response/completion.h"
#include "imap-gateway/response/flags_text.h"

namespace posthorn::imap {
namespace {

std::string String(absl::string_view value) {
  std::string out;
  AppendString(out, value);
  return out;
}

TEST(Strings, QuotedOrLiteral) {
  EXPECT_EQ(String(""), "\"\"");
  EXPECT_EQ(String(R"(a "b" \c)"), R"("a \"b\" \\c")");
  EXPECT_EQ(String("a\r\nb"), "{4}\r\na\r\nb");
  EXPECT_EQ(String("caf\xc3\xa9"), "{5}\r\ncaf\xc3\xa9");
  EXPECT_EQ(String(absl::string_view("a\0b", 3)),
            "{3}\r\na\x80"
            "b");
  EXPECT_EQ(String(std::string(2000, 'x')), "{2000}\r\n" + std::string(2000, 'x'));
}

TEST(Strings, Astrings) {
  std::string out;
  AppendAstring(out, "INBOX");
  AppendAstring(out, "NIL");
  AppendAstring(out, "");
  AppendAstring(out, "a b");
  AppendMailbox(out, "Entwürfe", NameEncoding::kModifiedUtf7);
  AppendMailbox(out, "Entwürfe", NameEncoding::kUtf8);
  EXPECT_EQ(out, "INBOX\"NIL\"\"\"\"a b\"Entw&APw-rfe\"Entwürfe\"");
}

// RFC 9051 9: QUOTED-CHAR takes well-formed UTF-8, where the client asked for it.
TEST(Strings, Utf8InQuotedStringsOnlyWhereAsked) {
  const auto utf8 = [](absl::string_view value) {
    std::string out;
    AppendString(out, value, Quoted::kUtf8);
    return out;
  };
  EXPECT_EQ(utf8("caf\xc3\xa9 \"x\""), "\"caf\xc3\xa9 \\\"x\\\"\"");
  EXPECT_EQ(utf8("caf\xe9"), "{4}\r\ncaf\xe9");
  EXPECT_EQ(utf8("\xc3\xa9\r\n"), "{4}\r\n\xc3\xa9\r\n");
  EXPECT_EQ(utf8("\xed\xa0\x80"), "{3}\r\n\xed\xa0\x80");
}

TEST(Completion, OneLineWhateverTheText) {
  std::string out;
  AppendCompletion(out, "a1", No("CANNOT", "bad\r\n* BYE"));
  AppendCompletion(out, "*", {Completion::Kind::kOk, "HIGHESTMODSEQ 5", ""});
  AppendCompletion(out, "b", Bad("No"));
  EXPECT_EQ(out, "a1 NO [CANNOT] bad??* BYE\r\n* OK [HIGHESTMODSEQ 5] Done\r\nb BAD No\r\n");
}

TEST(FlagsText, NamesBits) {
  const std::vector<std::string> keywords = {"$Work", "later"};
  std::string out;
  AppendFlags(out, 1 | 8, 0b10, keywords, true);
  AppendFlags(out, 0, 0, keywords, false);
  AppendFlags(out, 0, ~std::uint64_t{0}, keywords, false);
  AppendAllFlags(out, keywords, "\\*");
  EXPECT_EQ(out,
            "(\\Deleted \\Seen later \\Recent)()($Work later)"
            "(\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work later \\*)");
}

}  // namespace
}  // namespace posthorn::imap
