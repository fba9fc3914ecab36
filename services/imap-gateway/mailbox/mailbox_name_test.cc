#include "imap-gateway/mailbox/mailbox_name.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

absl::StatusOr<std::string> Canonical(absl::string_view wire, bool allow_trailing = false) {
  return CanonicalMailboxName(wire, NameEncoding::kModifiedUtf7, allow_trailing);
}

TEST(ModifiedUtf7, RoundTrips) {
  const std::pair<const char*, const char*> cases[] = {
      {"INBOX", "INBOX"},
      {"&-", "&"},
      {"a&-b", "a&b"},
      {"&-&-", "&&"},
      {"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"},
      {"Entw&APw-rfe", "Entwürfe"},
      {"&2D3eAA-", "😀"},
      {"x&2D3eANg93gE-y", "x😀😁y"},
      {"&AOk-&-", "é&"},
      {"", ""},
  };
  for (const auto& [wire, utf8] : cases) {
    const auto decoded = DecodeModifiedUtf7(wire);
    ASSERT_TRUE(decoded.ok()) << wire;
    EXPECT_EQ(*decoded, utf8);
    EXPECT_EQ(EncodeModifiedUtf7(utf8), wire);
  }
}

TEST(ModifiedUtf7, RefusesWhatIsNotCanonical) {
  for (const char* wire : {
           "&",                   // no end
           "&AGE-",               // "a" needs no shift
           "&AOk",                // no end
           "&AO-",                // half a unit
           "&AOl-",               // padding bits set
           "&AOkA-",              // six bits too many
           "&2D0-",               // high surrogate alone
           "&3gA-",               // low surrogate alone
           "&2D0AYQ-",            // surrogate and a letter
           "&U,BTFw-&ZeVnLIqe-",  // RFC 3501 5.1.3: superfluous shift
           "&A/k-",               // "/" is not in the alphabet
           "caf\xc3\xa9",         // 8-bit
           "tab\there", "\x7f",   // controls
       }) {
    EXPECT_FALSE(DecodeModifiedUtf7(wire).ok()) << wire;
  }
}

TEST(MailboxName, Canonical) {
  EXPECT_EQ(*Canonical("inbox"), "INBOX");
  EXPECT_EQ(*Canonical("Inbox/Work"), "INBOX/Work");
  EXPECT_EQ(*Canonical("inboxes"), "inboxes");
  EXPECT_EQ(*Canonical("a/inbox"), "a/inbox");
  EXPECT_EQ(*Canonical("a/", true), "a");
  // NFC: e and a combining acute become one letter.
  EXPECT_EQ(*Canonical("cafe&AwE-"), "café");
}

TEST(MailboxName, Refused) {
  for (const char* wire : {"", "/", "/a", "a/", "a//b", "a\r\nb", "&AAo-", "&ACg-", "&IAA&-",
                           "&ICg-", "&AIU-", "&AAA-"}) {
    EXPECT_FALSE(Canonical(wire).ok()) << wire;
  }
  EXPECT_FALSE(Canonical(std::string(1001, 'a')).ok());
  std::string deep = "a";
  for (int i = 0; i < 60; ++i) {
    deep += "/a";
  }
  EXPECT_FALSE(Canonical(deep).ok());
}

TEST(ListPatternName, KeepsWildcards) {
  EXPECT_EQ(*CanonicalListPattern("inbox/%", NameEncoding::kModifiedUtf7), "INBOX/%");
  EXPECT_EQ(*CanonicalListPattern("", NameEncoding::kModifiedUtf7), "");
  EXPECT_FALSE(CanonicalListPattern("&bad", NameEncoding::kModifiedUtf7).ok());
}

TEST(MailboxName, Utf8IsTakenAsItIsAndCheckedAlike) {
  const auto utf8 = [](absl::string_view wire) {
    return CanonicalMailboxName(wire, NameEncoding::kUtf8);
  };
  EXPECT_EQ(*utf8("Entw\u00fcrfe"), "Entw\u00fcrfe");
  EXPECT_EQ(*utf8("cafe\u0301"), "caf\u00e9");  // NFC
  // RFC 9755 3: no modified UTF-7 any more; an ampersand is one.
  EXPECT_EQ(*utf8("R&D"), "R&D");
  EXPECT_EQ(*utf8("&AOk-"), "&AOk-");
  EXPECT_EQ(*utf8("inbox/\u00e9"), "INBOX/\u00e9");
  EXPECT_EQ(*CanonicalListPattern("\u00e9%", NameEncoding::kUtf8), "\u00e9%");
  for (const char* wire : {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "a\xc2\x85", "a\x01", "",
                           "/a", "a//b", "\xe2\x80\xa8"}) {
    EXPECT_FALSE(utf8(wire).ok()) << wire;
  }
}

TEST(MailboxName, OneMailboxHasASpellingInEachEncoding) {
  EXPECT_EQ(EncodeMailboxName("R&D \u00e9", NameEncoding::kModifiedUtf7), "R&-D &AOk-");
  EXPECT_EQ(EncodeMailboxName("R&D \u00e9", NameEncoding::kUtf8), "R&D \u00e9");
  EXPECT_EQ(*Canonical("R&-D &AOk-"), "R&D \u00e9");
}

}  // namespace
}  // namespace posthorn::imap
