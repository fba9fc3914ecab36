#include "imap-gateway/mailbox/mailbox_name.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

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
  EXPECT_EQ(*CanonicalMailboxName("inbox"), "INBOX");
  EXPECT_EQ(*CanonicalMailboxName("Inbox/Work"), "INBOX/Work");
  EXPECT_EQ(*CanonicalMailboxName("inboxes"), "inboxes");
  EXPECT_EQ(*CanonicalMailboxName("a/inbox"), "a/inbox");
  EXPECT_EQ(*CanonicalMailboxName("a/", true), "a");
  // NFC: e and a combining acute become one letter.
  EXPECT_EQ(*CanonicalMailboxName("cafe&AwE-"), "café");
}

TEST(MailboxName, Refused) {
  for (const char* wire : {"", "/", "/a", "a/", "a//b", "a\r\nb", "&AAo-", "&ACg-", "&IAA&-",
                           "&ICg-", "&AIU-", "&AAA-"}) {
    EXPECT_FALSE(CanonicalMailboxName(wire).ok()) << wire;
  }
  EXPECT_FALSE(CanonicalMailboxName(std::string(1001, 'a')).ok());
  std::string deep = "a";
  for (int i = 0; i < 60; ++i) {
    deep += "/a";
  }
  EXPECT_FALSE(CanonicalMailboxName(deep).ok());
}

TEST(ListPatternName, KeepsWildcards) {
  EXPECT_EQ(*CanonicalListPattern("inbox/%"), "INBOX/%");
  EXPECT_EQ(*CanonicalListPattern(""), "");
  EXPECT_FALSE(CanonicalListPattern("&bad").ok());
}

}  // namespace
}  // namespace posthorn::imap
