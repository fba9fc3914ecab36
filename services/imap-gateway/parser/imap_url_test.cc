#include "imap-gateway/parser/imap_url.h"

#include <gtest/gtest.h>

#include <limits>

namespace posthorn::imap {
namespace {

TEST(ImapUrl, RelativeToServerAndMailbox) {
  const auto message = ParseImapUrl("/Drafts;UIDVALIDITY=385759045/;UID=20");
  ASSERT_TRUE(message.ok());
  EXPECT_FALSE(message->server);
  EXPECT_EQ(message->mailbox, "Drafts");
  EXPECT_EQ(message->uidvalidity, 385759045u);
  EXPECT_EQ(message->uid, 20u);
  EXPECT_EQ(message->section, Section());
  EXPECT_EQ(message->partial, std::nullopt);
  const auto part = ParseImapUrl("/a/b%20%C3%A9/;uid=7/;section=1.2.mime/;partial=5.10");
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->mailbox, "a/b \xc3\xa9");
  EXPECT_EQ(part->section.part, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(part->section.text, Section::Text::kMime);
  EXPECT_EQ(part->partial, (Partial{5, 10}));
  const auto selected = ParseImapUrl(";UID=20/;SECTION=HEADER.FIELDS%20(From%20To)");
  ASSERT_TRUE(selected.ok());
  EXPECT_TRUE(selected->mailbox.empty());
  EXPECT_EQ(selected->section.fields, (std::vector<std::string>{"From", "To"}));
}

TEST(ImapUrl, PartialWithoutALengthIsToTheEnd) {
  const auto url = ParseImapUrl("/INBOX/;UID=1/;PARTIAL=100");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->partial, (Partial{100, std::numeric_limits<std::int64_t>::max()}));
}

TEST(ImapUrl, Authorized) {
  constexpr absl::string_view kRump =
      "imap://joe%40example.com;AUTH=*@example.com:143/INBOX/;uid=20/;section=1.2"
      ";expire=2027-01-02T03:04:05Z;urlauth=submit+fred%40example.com";
  const auto rump = ParseImapUrl(kRump);
  ASSERT_TRUE(rump.ok());
  EXPECT_EQ(rump->server->user, "joe@example.com");
  EXPECT_EQ(rump->server->host, "example.com:143");
  EXPECT_EQ(rump->expire, 1798859045);
  EXPECT_EQ(rump->access, (UrlAccess{UrlAccess::Kind::kSubmit, "fred@example.com"}));
  EXPECT_TRUE(rump->mechanism.empty());
  EXPECT_EQ(rump->rump, kRump.size());
  const std::string full = std::string(kRump) + ":internal:91354a473744909de610943775f92038ABCDEF";
  const auto url = ParseImapUrl(full);
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->mechanism, "INTERNAL");
  EXPECT_EQ(url->token, "91354a473744909de610943775f92038ABCDEF");
  EXPECT_EQ(url->rump, kRump.size());
  for (const auto& [text, kind] : std::vector<std::pair<std::string, UrlAccess::Kind>>{
           {"anonymous", UrlAccess::Kind::kAnonymous},
           {"authuser", UrlAccess::Kind::kAuthUser},
           {"user+fred", UrlAccess::Kind::kUser}}) {
    const auto parsed = ParseImapUrl("imap://joe@example.com/INBOX/;uid=20;urlauth=" + text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(parsed->access->kind, kind);
  }
}

TEST(ImapUrl, WhatIsNone) {
  for (const char* text :
       {"",
        "/",
        "/INBOX",
        "/INBOX/",
        "INBOX/;UID=1",
        "/INBOX;UIDVALIDITY=0/;UID=1",
        "/INBOX/;UID=0",
        "/INBOX/;UID=x",
        "/INBOX/;UID=1x",
        "/INBOX/;UID=4294967296",
        "/INBOX?SUBJECT%20x",
        "/INBOX/;UID=1/;SECTION=",
        "/INBOX/;UID=1/;SECTION=x",
        "/INBOX/;UID=1/;PARTIAL=",
        "/INBOX/;UID=1/;PARTIAL=1.0",
        "/INBOX/;UID=1/;PARTIAL=1.",
        "/%zz/;UID=1",
        "/%0/;UID=1",
        "/%00/;UID=1",
        "/a b/;UID=1",
        "//;UID=1",
        "http://a@b/INBOX/;UID=1",
        "imap://@b/INBOX/;UID=1",
        "imap://a@/INBOX/;UID=1",
        "imap://a@b;UID=1",
        "/INBOX/;UID=1;EXPIRE=2027-01-02T03:04:05Z",
        "/INBOX/;UID=1;EXPIRE=tomorrow;URLAUTH=anonymous",
        "/INBOX/;UID=1;URLAUTH=",
        "/INBOX/;UID=1;URLAUTH=user+",
        "/INBOX/;UID=1;URLAUTH=group+a",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:12",
        "/INBOX/;UID=1;URLAUTH=anonymous::91354a473744909de610943775f92038",
        "/INBOX/;UID=1;URLAUTH=anonymous:INTERNAL:91354a473744909de610943775f9203x"}) {
    EXPECT_FALSE(ParseImapUrl(text).ok()) << text;
  }
  EXPECT_FALSE(ParseImapUrl("/" + std::string(kMaxUrlOctets, 'a') + "/;UID=1").ok());
}

}  // namespace
}  // namespace posthorn::imap
