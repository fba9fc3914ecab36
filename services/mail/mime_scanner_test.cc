#include "mail/mime_scanner.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mail/structure_check.h"

namespace posthorn::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Scans and holds the result against the rules, also fed octet by octet.
MessageStructure Scan(absl::string_view message, const ScanLimits& limits = {}) {
  MessageStructure whole = ScanMessage(message, limits);
  EXPECT_EQ(CheckStructure(whole, message, limits), "");
  MimeScanner scanner(limits);
  for (const char& c : message) {
    scanner.Feed(absl::string_view(&c, 1));
  }
  EXPECT_EQ(DumpStructure(scanner.Finish()), DumpStructure(whole));
  return whole;
}

std::string TypeOf(const Part& part) { return absl::StrCat(part.type, "/", part.subtype); }

absl::string_view BodyOf(absl::string_view message, const Part& part) {
  return message.substr(part.body_offset, part.body_size);
}

absl::string_view HeaderOf(absl::string_view message, const Part& part) {
  return message.substr(part.header_offset, part.header_size);
}

std::vector<std::string> Types(const MessageStructure& structure) {
  std::vector<std::string> types;
  for (const Part& part : structure.parts) {
    types.push_back(absl::StrCat(TypeOf(part), " ", part.child_count));
  }
  return types;
}

TEST(MimeScanner, PlainMessage) {
  const std::string message =
      "From: Alice <alice@example.org>\r\nSubject: hi\r\n there\r\n\r\nOne\r\nTwo\r\n";
  const MessageStructure structure = Scan(message);
  ASSERT_THAT(structure.parts, SizeIs(1));
  const Part& part = structure.parts[0];
  EXPECT_EQ(TypeOf(part), "text/plain");
  ASSERT_NE(part.FindParam("CHARSET"), nullptr);
  EXPECT_EQ(*part.FindParam("charset"), "us-ascii");
  EXPECT_EQ(part.encoding, "7BIT");
  EXPECT_EQ(BodyOf(message, part), "One\r\nTwo\r\n");
  EXPECT_EQ(part.lines, 2U);
  EXPECT_EQ(structure.envelope.subject, "hi there");
  EXPECT_EQ(structure.envelope.date, std::nullopt);
  // RFC 3501 7.4.2
  EXPECT_EQ(structure.envelope.sender, structure.envelope.from);
  EXPECT_EQ(structure.envelope.reply_to, structure.envelope.from);
}

TEST(MimeScanner, EmptyMessage) {
  const MessageStructure structure = Scan("");
  EXPECT_EQ(structure.size, 0U);
  EXPECT_THAT(Types(structure), ElementsAre("text/plain 0"));
}

TEST(MimeScanner, BlankLineOnly) {
  for (const std::string message : {"\r\n", "\n"}) {
    const MessageStructure structure = Scan(message);
    EXPECT_EQ(structure.header_size, message.size());
    EXPECT_EQ(structure.parts[0].body_size, 0U);
  }
}

TEST(MimeScanner, NoBlankLineIsAllHeader) {
  const MessageStructure structure = Scan("Subject: x\r\nTo: a@b");
  EXPECT_EQ(structure.header_size, 19U);
  EXPECT_EQ(structure.envelope.subject, "x");
  ASSERT_THAT(structure.envelope.to, SizeIs(1));
  EXPECT_EQ(structure.envelope.to[0].host, "b");
}

TEST(MimeScanner, BareLineFeedsAndLoneCarriageReturns) {
  const std::string message = "Subject: a\rb\nTo: c@d\n\nx\ry\nz\r";
  const MessageStructure structure = Scan(message);
  EXPECT_EQ(structure.envelope.subject, "a\rb");
  EXPECT_EQ(BodyOf(message, structure.parts[0]), "x\ry\nz\r");
  EXPECT_EQ(structure.parts[0].lines, 1U);
}

TEST(MimeScanner, MixedLineEndsAroundBoundaries) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\r\n\none\n--b\n\r\ntwo\r\n--b--\nepi";
  const MessageStructure structure = Scan(message);
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 2", "text/plain 0", "text/plain 0"));
  EXPECT_EQ(BodyOf(message, structure.parts[1]), "one");
  EXPECT_EQ(BodyOf(message, structure.parts[2]), "two");
  EXPECT_TRUE(absl::EndsWith(BodyOf(message, structure.parts[0]), "epi"));
}

constexpr absl::string_view kNested =
    "Subject: outer\r\n"
    "Content-Type: multipart/mixed; boundary=\"out\"\r\n"
    "\r\n"
    "preamble\r\n"
    "--out\r\n"
    "Content-Type: multipart/alternative; boundary=in\r\n"
    "\r\n"
    "--in\r\n"
    "\r\n"
    "text\r\n"
    "--in\r\n"
    "Content-Type: text/html\r\n"
    "\r\n"
    "<p>\r\n"
    "\r\n"
    "--in--\r\n"
    "\r\n"
    "--out\r\n"
    "Content-Type: message/rfc822\r\n"
    "Content-Description: forwarded\r\n"
    "\r\n"
    "From: bob@example.org\r\n"
    "Subject: inner\r\n"
    "Content-Type: multipart/digest; boundary=dig\r\n"
    "\r\n"
    "--dig\r\n"
    "\r\n"
    "Subject: digested\r\n"
    "\r\n"
    "deep\r\n"
    "--dig\r\n"
    "Content-Type: text/plain\r\n"
    "\r\n"
    "plain\r\n"
    "--dig--\r\n"
    "--out--\r\n";

TEST(MimeScanner, NestedPartsAndMessages) {
  const MessageStructure structure = Scan(kNested);
  EXPECT_THAT(Types(structure),
              ElementsAre("multipart/mixed 2", "multipart/alternative 2", "text/plain 0",
                          "text/html 0", "message/rfc822 1", "multipart/digest 2",
                          "message/rfc822 1", "text/plain 0", "text/plain 0"));
  EXPECT_EQ(BodyOf(kNested, structure.parts[2]), "text");
  EXPECT_EQ(HeaderOf(kNested, structure.parts[2]), "\r\n");
  EXPECT_EQ(BodyOf(kNested, structure.parts[3]), "<p>\r\n");
  EXPECT_EQ(structure.parts[3].lines, 1U);
  const Part& forwarded = structure.parts[4];
  EXPECT_EQ(forwarded.description, "forwarded");
  ASSERT_TRUE(forwarded.IsMessage());
  EXPECT_EQ(forwarded.envelope->subject, "inner");
  EXPECT_EQ(forwarded.envelope->sender[0].mailbox, "bob");
  EXPECT_TRUE(absl::StartsWith(HeaderOf(kNested, structure.parts[5]), "From: bob@"));
  EXPECT_EQ(structure.parts[6].envelope->subject, "digested");
  EXPECT_EQ(BodyOf(kNested, structure.parts[7]), "deep");
  EXPECT_EQ(BodyOf(kNested, structure.parts[8]), "plain");
  EXPECT_EQ(structure.EndOfSubtree(1), 4U);
  EXPECT_EQ(structure.EndOfSubtree(4), 9U);
}

TEST(MimeScanner, EverySplitInTwoGivesTheSame) {
  const std::string whole = DumpStructure(ScanMessage(kNested));
  for (size_t i = 0; i <= kNested.size(); ++i) {
    MimeScanner scanner;
    scanner.Feed(kNested.substr(0, i));
    scanner.Feed(kNested.substr(i));
    ASSERT_EQ(DumpStructure(scanner.Finish()), whole) << "split at " << i;
  }
}

TEST(MimeScanner, EveryTruncationKeepsTheRules) {
  for (size_t i = 0; i <= kNested.size(); ++i) {
    const absl::string_view message = kNested.substr(0, i);
    ASSERT_EQ(CheckStructure(ScanMessage(message), message, {}), "") << "cut at " << i;
  }
}

TEST(MimeScanner, MultipartWithoutPartsGetsAnEmptyTextPart) {
  const std::string message = "Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing\r\n";
  const MessageStructure structure = Scan(message);
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 1", "text/plain 0"));
  EXPECT_EQ(structure.parts[1].header_offset, message.size());
  EXPECT_EQ(structure.parts[1].body_size, 0U);
}

TEST(MimeScanner, EmptyInnerMultipart) {
  const MessageStructure structure = Scan(
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"
      "Content-Type: multipart/alternative; boundary=y\r\n\r\n\r\n--x\r\n\r\nhello\r\n--x--\r\n");
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 2", "multipart/alternative 1",
                                            "text/plain 0", "text/plain 0"));
}

TEST(MimeScanner, UnusableContentTypesAreTextPlain) {
  for (const std::string value :
       {"", "garbage", "application-x-gzip; name=x", "/plain", "multipart/", "multipart/mixed",
        "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=\"  \"", "a b/c",
        "; charset=utf-8", "multipart/mixed; boundary"}) {
    const MessageStructure structure =
        Scan(absl::StrCat("Content-Type: ", value, "\r\n\r\n--\r\nx\r\n"));
    EXPECT_THAT(Types(structure), ElementsAre("text/plain 0")) << value;
    EXPECT_EQ(*structure.parts[0].FindParam("charset"), "us-ascii") << value;
  }
}

TEST(MimeScanner, BoundaryForms) {
  for (const std::string param :
       {"boundary=b", "BOUNDARY=b", "boundary=\"b\"", "boundary=\"b \"", "boundary=b (comment)",
        "x; boundary=b", " ;; boundary = b ;", "boundary*0=\"\"; boundary*1=b",
        "charset=\"a;boundary=z\"; boundary=b", "(boundary=c) boundary=b"}) {
    const MessageStructure structure = Scan(absl::StrCat(
        "Content-Type: multipart/mixed; ", param, "\r\n\r\n--b \t\r\n\r\nbody\r\n--b--  \r\n"));
    EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 1", "text/plain 0")) << param;
  }
}

TEST(MimeScanner, DuplicatedBoundaryInNestedParts) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ninner\r\n--b--\r\n"
      "--b\r\n\r\nouter\r\n--b--\r\n";
  const MessageStructure structure = Scan(message);
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 2", "multipart/mixed 1",
                                            "text/plain 0", "text/plain 0"));
  EXPECT_EQ(BodyOf(message, structure.parts[3]), "outer");
}

TEST(MimeScanner, LongerBoundaryWinsOverItsPrefix) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
      "Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\ninner\r\n--bb--\r\n"
      "--b\r\n\r\nouter\r\n--b--\r\n";
  EXPECT_THAT(Types(Scan(message)), ElementsAre("multipart/mixed 2", "multipart/mixed 1",
                                                "text/plain 0", "text/plain 0"));
}

TEST(MimeScanner, OuterBoundaryEndsInnerParts) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n"
      "Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nunfinished\r\n"
      "--o\r\n\r\nnext\r\n--i\r\nstray\r\n--o--\r\n";
  const MessageStructure structure = Scan(message);
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 2", "multipart/mixed 1",
                                            "text/plain 0", "text/plain 0"));
  EXPECT_EQ(BodyOf(message, structure.parts[2]), "unfinished");
  EXPECT_EQ(BodyOf(message, structure.parts[3]), "next\r\n--i\r\nstray");
}

TEST(MimeScanner, BoundaryWithinHeaders) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/html\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n"
      "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: cut\r\n--b--\r\n";
  const MessageStructure structure = Scan(message);
  EXPECT_THAT(Types(structure),
              ElementsAre("multipart/mixed 4", "text/html 0", "message/rfc822 1", "text/plain 0",
                          "multipart/mixed 1", "text/plain 0", "message/rfc822 1", "text/plain 0"));
  EXPECT_EQ(structure.parts[6].envelope->subject, "cut");
  EXPECT_EQ(BodyOf(message, structure.parts[6]), "Subject: cut\r\n");
}

TEST(MimeScanner, TextAfterTheEndBoundaryIsNoPart) {
  const MessageStructure structure = Scan(
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b--\r\n--b\r\n\r\n2\r\n");
  EXPECT_THAT(Types(structure), ElementsAre("multipart/mixed 1", "text/plain 0"));
}

TEST(MimeScanner, LastLineMayLackItsEnd) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n1\r\n--b--";
  const MessageStructure structure = Scan(message);
  EXPECT_EQ(BodyOf(message, structure.parts[1]), "1");
}

TEST(MimeScanner, EncodedMessagesAreOpaque) {
  for (const std::string encoding : {"base64", "Quoted-Printable", "x-gzip"}) {
    const MessageStructure structure = Scan(absl::StrCat(
        "Content-Type: message/rfc822; name=a.eml\r\nContent-Transfer-Encoding: ", encoding,
        "\r\n\r\nU3ViamVjdDogeA0KDQo=\r\n"));
    EXPECT_THAT(Types(structure), ElementsAre("application/octet-stream 0"));
    EXPECT_EQ(structure.parts[0].encoding, encoding);
    EXPECT_EQ(*structure.parts[0].FindParam("name"), "a.eml");
  }
}

TEST(MimeScanner, GlobalMessagesAreLookedInto) {
  const MessageStructure structure = Scan(
      "Content-Type: message/global\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "Subject: \xC3\xA4\r\n\r\nx");
  ASSERT_TRUE(structure.parts[0].IsMessage());
  EXPECT_EQ(structure.parts[0].envelope->subject, "\xC3\xA4");
}

TEST(MimeScanner, OtherMessageTypesAreLeaves) {
  const MessageStructure structure =
      Scan("Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n");
  EXPECT_THAT(Types(structure), ElementsAre("message/delivery-status 0"));
  EXPECT_FALSE(structure.parts[0].IsMessage());
}

TEST(MimeScanner, EveryContentField) {
  const MessageStructure structure = Scan(
      "Content-Type: TEXT/Html (rich);\r\n\tcharset=(c) \"utf-8\" ; format=flowed; name=my "
      "file.txt\r\n"
      "Content-ID:  <1@x>\r\nContent-Description: \r\nContent-Transfer-Encoding: 8BIT (ok)\r\n"
      "Content-MD5: Q2hlY2s=\r\nContent-Disposition: attachment; filename=\"a \\\"b\\\".txt\";"
      " filename*0*=utf-8''x; size=3\r\nContent-Language: de, en-GB (UK)\r\n"
      "Content-Location: http://x/\r\nContent-Type: text/ignored\r\n\r\n");
  const Part& part = structure.parts[0];
  EXPECT_EQ(TypeOf(part), "TEXT/Html");
  ASSERT_THAT(part.params, SizeIs(3));
  EXPECT_EQ(part.params[0].value, "utf-8");
  EXPECT_EQ(part.params[1].value, "flowed");
  EXPECT_EQ(part.params[2].value, "my file.txt");
  EXPECT_EQ(part.content_id, "<1@x>");
  EXPECT_EQ(part.description, "");
  EXPECT_EQ(part.encoding, "8BIT");
  EXPECT_EQ(part.md5, "Q2hlY2s=");
  ASSERT_TRUE(part.disposition.has_value());
  EXPECT_EQ(part.disposition->type, "attachment");
  ASSERT_THAT(part.disposition->params, SizeIs(3));
  EXPECT_EQ(part.disposition->params[0].value, "a \"b\".txt");
  EXPECT_EQ(part.disposition->params[1].name, "filename*0*");
  EXPECT_THAT(part.language, ElementsAre("de", "en-GB"));
  EXPECT_EQ(part.location, "http://x/");
}

TEST(MimeScanner, EnvelopeFields) {
  const MessageStructure structure = Scan(
      "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\nSubject:   \r\nFrom: a@x, b@x\r\nSender:\r\n"
      "Reply-To: c@x\r\nTo: d@x\r\nTo: e@x\r\nCc: Friends: f@x, g@x;\r\nBcc: \r\n"
      "In-Reply-To: <1@x>\r\nMessage-ID: <2@x>\r\nReferences: <0@x>\r\n <1@x> junk <unclosed\r\n"
      "Subject: second\r\n\r\n");
  const Envelope& envelope = structure.envelope;
  EXPECT_EQ(envelope.subject, "");
  EXPECT_THAT(envelope.from, SizeIs(2));
  EXPECT_EQ(envelope.sender, envelope.from);
  EXPECT_EQ(envelope.reply_to[0].mailbox, "c");
  EXPECT_THAT(envelope.to, SizeIs(2));
  EXPECT_THAT(envelope.cc, SizeIs(4));
  EXPECT_THAT(envelope.bcc, SizeIs(0));
  EXPECT_EQ(envelope.in_reply_to, "<1@x>");
  EXPECT_EQ(envelope.message_id, "<2@x>");
  EXPECT_THAT(structure.references, ElementsAre("<0@x>", "<1@x>"));
  ASSERT_TRUE(structure.date.has_value());
  EXPECT_EQ(structure.date->unix_seconds, 880127706);
  EXPECT_EQ(structure.date->zone_minutes, -360);
}

TEST(MimeScanner, NestingIsBounded) {
  std::string message;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&message, "Content-Type: multipart/mixed; boundary=b", i, "x\r\n\r\n--b", i,
                    "x\r\n");
  }
  MessageStructure structure = Scan(message);
  EXPECT_THAT(structure.parts, SizeIs(100));
  EXPECT_EQ(TypeOf(structure.parts.back()), "application/octet-stream");

  message.clear();
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&message, "Content-Type: message/rfc822\r\n\r\n");
  }
  structure = Scan(message);
  EXPECT_THAT(structure.parts, SizeIs(100));
  EXPECT_EQ(TypeOf(structure.parts.back()), "application/octet-stream");
}

TEST(MimeScanner, PartsAreBounded) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 20'000; ++i) {
    absl::StrAppend(&message, "--b\r\n\r\nx\r\n");
  }
  absl::StrAppend(&message, "--b--\r\n");
  const MessageStructure structure = ScanMessage(message);
  EXPECT_EQ(CheckStructure(structure, message, {}), "");
  EXPECT_THAT(structure.parts, SizeIs(10'000));
  EXPECT_EQ(structure.parts[0].child_count, 9'999U);
  // The rest is body of the last part.
  EXPECT_GT(structure.parts.back().body_size, 90'000U);
}

TEST(MimeScanner, SmallLimitsKeepTheRules) {
  for (size_t parts = 1; parts < 12; ++parts) {
    for (size_t depth = 1; depth < 8; ++depth) {
      Scan(kNested, {.max_depth = depth, .max_parts = parts});
    }
  }
}

TEST(MimeScanner, HugeHeadersAreCutNotMiscounted) {
  std::string message = "Subject: kept\r\nX-Long: ";
  message.append(2 << 20, 'x');
  absl::StrAppend(&message, "\r\nTo: lost@example.org\r\n\r\nbody");
  const MessageStructure structure = ScanMessage(message);
  EXPECT_EQ(CheckStructure(structure, message, {}), "");
  EXPECT_EQ(structure.header_size, message.size() - 4);
  EXPECT_EQ(structure.envelope.subject, "kept");
  EXPECT_THAT(structure.envelope.to, SizeIs(0));
}

TEST(MimeScanner, ParametersAreBounded) {
  std::string message = "Content-Type: text/plain";
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&message, "; p", i, "=v");
  }
  EXPECT_THAT(Scan(absl::StrCat(message, "\r\n\r\n")).parts[0].params, SizeIs(64));
}

TEST(MimeScanner, AddressesAreBounded) {
  std::string message = "To: ";
  for (int i = 0; i < 100'000; ++i) {
    absl::StrAppend(&message, "a@b,\r\n ");
  }
  const MessageStructure structure = ScanMessage(absl::StrCat(message, "\r\n\r\n"));
  EXPECT_THAT(structure.envelope.to, SizeIs(10'000));
}

TEST(MimeScanner, RetainedStringsAreBounded) {
  std::string message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&message, "--b\r\nContent-Type: text/html\r\nContent-Description: ",
                    std::string(100, 'd'), "\r\n\r\nx\r\n");
  }
  const ScanLimits limits{.max_retained_bytes = 10'000};
  const MessageStructure structure = ScanMessage(message, limits);
  EXPECT_EQ(CheckStructure(structure, message, limits), "");
  EXPECT_EQ(structure.parts[1].description, std::string(100, 'd'));
  EXPECT_EQ(structure.parts.back().description, std::nullopt);
  EXPECT_EQ(structure.parts.back().subtype, "html");
}

TEST(MimeScanner, NulsAndEightBitPass) {
  const std::string message("Subject: a\0b\xff\r\n\r\n\0\xff\n", 20);
  const MessageStructure structure = Scan(message);
  EXPECT_EQ(structure.envelope.subject, std::string("a\0b\xff", 4));
  EXPECT_EQ(structure.parts[0].lines, 1U);
}

TEST(MimeScanner, DashLinesAreNoBoundaries) {
  const std::string message =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n--\r\n-- \r\n---b\r\n-b\r\n"
      " --b\r\n--c\r\n--b--\r\n";
  const MessageStructure structure = Scan(message);
  EXPECT_EQ(BodyOf(message, structure.parts[1]), "--\r\n-- \r\n---b\r\n-b\r\n --b\r\n--c");
}

}  // namespace
}  // namespace posthorn::mail
