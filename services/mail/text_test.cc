// Encoded words, transfer encodings, charsets and search.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mail/charset.h"
#include "mail/encoded_word.h"
#include "mail/text_search.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {
namespace {

struct Case {
  const char* in;
  const char* out;
};

TEST(EncodedWord, Decodes) {
  const Case cases[] = {
      {"plain\r\n", "plain"},
      {" a\r\n b", "a b"},
      // RFC 2047 8
      {"(=?ISO-8859-1?Q?a?=)", "(a)"},
      {"(=?ISO-8859-1?Q?a?= b)", "(a b)"},
      {"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"},
      {"(=?ISO-8859-1?Q?a_b?=)", "(a b)"},
      {"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"},
      {"=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"},
      {"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n "
       "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
       "If you can read this you understand the example."},
      {"=?utf-8?q?=C3=A4?=", "\xC3\xA4"},
      {"=?UTF-8*de?Q?=c3=a4?=", "\xC3\xA4"},
      {"=?utf-8?b?w6Q=?=", "\xC3\xA4"},
      {"=?utf-8?b?w6Q?=", "\xC3\xA4"},
      {"=?utf-8?b?ww==?= =?utf-8?b?pA==?=", "\xC3\xA4"},  // one character in two words
      {"=?utf-8?b?ww==?=x", "\xEF\xBF\xBDx"},
      {"=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "\xE6\x97\xA5\xE6\x9C\xAC"},
      {"=?gb2312?B?1tA=?=", "\xE4\xB8\xAD"},
      {"=?koi8-r?Q?=C1?=", "\xD0\xB0"},
      {"\"=?utf-8?q?a?=\" x=?utf-8?q?b?=y", "\"a\" xby"},
      {"=?utf-8?q?a b?=", "a b"},
      {"=?utf-8?q?=4?=", "=4"},
      {"=?utf-8?q?=ZZ?=", "=ZZ"},
      {"=?utf-8?q?"
       "?=",
       ""},
      {"=?nosuch?q?a?=", "=?nosuch?q?a?="},
      {"=?utf-8?x?a?=", "=?utf-8?x?a?="},
      {"=?utf-8?q?a", "=?utf-8?q?a"},
      {"=?utf-8?q", "=?utf-8?q"},
      {"=?utf-8?", "=?utf-8?"},
      {"=?", "=?"},
      {"=??q?a?=", "=??q?a?="},
      {"=?=?utf-8?q?a?=", "=?a"},
      {"\xC3\xA4", "\xC3\xA4"},
      {"\xE4", "\xC3\xA4"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(DecodeHeaderText(c.in), c.out) << c.in;
  }
}

TEST(EncodedWord, HostileTextIsLinear) {
  for (const std::string unit :
       {"=?", "=?a?", "=?a?q?", "=?utf-8?q?a?=", "?", "=?=?a?q?b?", "=?utf-8?b?", "=?a?=?b?"}) {
    std::string text;
    while (text.size() < 300'000) {
      text += unit;
    }
    DecodeHeaderText(text);
  }
}

TEST(EncodedWord, WhatIsEncodedIsDecoded) {
  std::string long_text;
  for (int i = 0; i < 100; ++i) {
    long_text += "\xE6\x97\xA5x\xF0\x9F\x98\x80";
  }
  for (const std::string& text : {std::string("plain"), std::string("=?x"),
                                  std::string("\xC3\xA4 b"), std::string("a\r\nb: c"), long_text}) {
    const std::string encoded = EncodeHeaderText(text);
    EXPECT_EQ(DecodeHeaderText(encoded), text);
    size_t start = 0;
    while (start < encoded.size()) {
      const size_t end = std::min(encoded.find("\r\n", start), encoded.size());
      EXPECT_LE(end - start, 76U);
      start = end + 2;
    }
  }
}

// Decodes whole and octet by octet, which must agree.
std::string Decode(TransferEncoding encoding, absl::string_view in, bool* damaged = nullptr) {
  std::string whole;
  TransferDecoder decoder(encoding);
  decoder.Feed(in, &whole);
  decoder.Finish(&whole);
  std::string pieces;
  TransferDecoder other(encoding);
  for (const char& c : in) {
    other.Feed(absl::string_view(&c, 1), &pieces);
  }
  other.Finish(&pieces);
  EXPECT_EQ(pieces, whole) << in;
  EXPECT_EQ(other.damaged(), decoder.damaged());
  if (damaged != nullptr) {
    *damaged = decoder.damaged();
  }
  return whole;
}

TEST(TransferEncoding, Base64) {
  const Case cases[] = {{"", ""},
                        {"Zg==", "f"},
                        {"Zm8=", "fo"},
                        {"Zm9v", "foo"},
                        {"Zm9v\r\nYmFy", "foobar"},
                        {"Zg", "f"},
                        {"Zm8", "fo"},
                        {"Z", ""},
                        {"Zg==Zm8=", "ffo"},
                        {"Z*g!=\r\n=", "f"},
                        {"====", ""},
                        {" Z m 9 v ", "foo"}};
  for (const Case& c : cases) {
    EXPECT_EQ(Decode(TransferEncoding::kBase64, c.in), c.out) << c.in;
  }
  bool damaged = true;
  Decode(TransferEncoding::kBase64, "Zm9v\r\nYmFy\r\n", &damaged);
  EXPECT_FALSE(damaged);
  Decode(TransferEncoding::kBase64, "Zm*v", &damaged);
  EXPECT_TRUE(damaged);
}

TEST(TransferEncoding, QuotedPrintable) {
  const Case cases[] = {
      {"", ""},          {"a=3Db", "a=b"},     {"a=3db", "a=b"},    {"a=\r\nb", "ab"},
      {"a=\nb", "ab"},   {"a= \t\r\nb", "ab"}, {"a =\r\nb", "a b"}, {"a \t\r\nb", "a\r\nb"},
      {"a \nb", "a\nb"}, {"a b  ", "a b"},     {"a\rb", "a\rb"},    {"a=", "a"},
      {"a=\r", "a"},     {"a=4", "a=4"},       {"a=ZZb", "a=ZZb"},  {"a=4Zb", "a=4Zb"},
      {"a==3D", "a=="},  {"a= b", "a= b"},     {"=\r=41", "=\rA"},  {"=C3=A4", "\xC3\xA4"}};
  for (const Case& c : cases) {
    EXPECT_EQ(Decode(TransferEncoding::kQuotedPrintable, c.in), c.out) << c.in;
  }
  EXPECT_EQ(Decode(TransferEncoding::kQuotedPrintable, std::string(10'000, ' ') + "x").size(),
            10'001U);
}

TEST(TransferEncoding, Names) {
  EXPECT_EQ(ParseTransferEncoding("BASE64"), TransferEncoding::kBase64);
  EXPECT_EQ(ParseTransferEncoding("Quoted-Printable"), TransferEncoding::kQuotedPrintable);
  EXPECT_EQ(ParseTransferEncoding("8Bit"), TransferEncoding::kIdentity);
  EXPECT_EQ(ParseTransferEncoding("x-uuencode"), TransferEncoding::kUnknown);
  EXPECT_EQ(Decode(TransferEncoding::kUnknown, "a=\r\n"), "a=\r\n");
}

std::string Convert(absl::string_view text, absl::string_view charset) {
  CharsetDecoder decoder(charset);
  std::string pieces;
  for (const char& c : text) {
    decoder.Feed(absl::string_view(&c, 1), &pieces);
  }
  decoder.Finish(&pieces);
  EXPECT_EQ(pieces, ToUtf8(text, charset)) << charset;
  EXPECT_TRUE(IsValidUtf8(pieces));
  return pieces;
}

TEST(Charset, Converts) {
  EXPECT_EQ(Convert("\xE4", "iso-8859-1"), "\xC3\xA4");
  EXPECT_EQ(Convert("\x80", "ISO-8859-1"), "\xE2\x82\xAC");  // as windows-1252
  EXPECT_EQ(Convert("\xD6\xD0\xB9\xFA", "gb2312"), "\xE4\xB8\xAD\xE5\x9B\xBD");
  EXPECT_EQ(Convert("\x93\xFA\x96\x7B", "shift_jis"), "\xE6\x97\xA5\xE6\x9C\xAC");
  EXPECT_EQ(Convert("\x1B$BF|K\\\x1B(B", "iso-2022-jp"), "\xE6\x97\xA5\xE6\x9C\xAC");
  EXPECT_EQ(Convert("\xC7\xD1", "ks_c_5601-1987"), "\xED\x95\x9C");
  EXPECT_EQ(Convert("+AOQ-", "utf-7"), "\xC3\xA4");
  EXPECT_EQ(Convert(absl::string_view("\x3D\xD8\x00\xDE", 4), "utf-16le"), "\xF0\x9F\x98\x80");
  EXPECT_EQ(Convert("\x3D\xD8", "utf-16le"), "\xEF\xBF\xBD");
}

TEST(Charset, Utf8IsMadeValid) {
  EXPECT_EQ(Convert("a\xC3\xA4\xF0\x9F\x98\x80z", "utf-8"), "a\xC3\xA4\xF0\x9F\x98\x80z");
  EXPECT_EQ(Convert("a\xFFz", "utf-8"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Convert("\xE2\x82", "utf-8"), "\xEF\xBF\xBD");
  EXPECT_EQ(Convert("\xE2\x82z", "utf-8"), "\xEF\xBF\xBDz");
  EXPECT_EQ(Convert("\xED\xA0\x80", "utf-8").size() % 3, 0U);  // a surrogate
  EXPECT_EQ(Convert("\xC0\x80", "utf-8"), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(Convert("\xC3\xA4", "us-ascii"), "\xC3\xA4");
  EXPECT_EQ(Convert("\xC3\xA4", "unknown-8bit"), "\xC3\xA4");
  EXPECT_EQ(Convert("\xC3\xA4", ""), "\xC3\xA4");
}

TEST(Charset, Names) {
  EXPECT_TRUE(IsKnownCharset("utf-8"));
  EXPECT_TRUE(IsKnownCharset("ISO-8859-15"));
  EXPECT_TRUE(IsKnownCharset("Windows-1251"));
  EXPECT_TRUE(IsKnownCharset("big5"));
  EXPECT_FALSE(IsKnownCharset(""));
  EXPECT_FALSE(IsKnownCharset("x-nosuch"));
  EXPECT_FALSE(IsKnownCharset("ibm-37,swaplfnl"));
  EXPECT_FALSE(IsKnownCharset("../../etc/passwd"));
  EXPECT_FALSE(IsKnownCharset(std::string(1000, 'a')));
}

TEST(Charset, Folds) {
  EXPECT_EQ(FoldCase("Hello"), "HELLO");
  EXPECT_EQ(FoldCase("\xC3\xA4"), FoldCase("\xC3\x84"));
  EXPECT_EQ(FoldCase("\xC3\xA9"), FoldCase("e\xCC\x81"));
  EXPECT_EQ(FoldCase("\xEF\xAC\x81"), "FI");              // a ligature
  EXPECT_EQ(FoldCase("\xEF\xBC\xA1"), "A");               // full width
  EXPECT_EQ(FoldCase("\xD0\xB6"), FoldCase("\xD0\x96"));  // Cyrillic
  EXPECT_EQ(FoldCase("\xED\x95\x9C").size(), 9U);         // Hangul, three jamo
  EXPECT_EQ(FoldCase("\xFF"), "\xEF\xBF\xBD");
  EXPECT_EQ(FoldName("\xC3\x84Z"), "\xC3\xA4z");
  EXPECT_EQ(NormalizeNfc("e\xCC\x81"), "\xC3\xA9");
}

TEST(CaselessMatcher, Texts) {
  EXPECT_TRUE(CaselessMatcher("").MatchesText(""));
  EXPECT_TRUE(CaselessMatcher("").MatchesHeader("x"));
  EXPECT_TRUE(CaselessMatcher("WORLD").MatchesText("hello world"));
  EXPECT_FALSE(CaselessMatcher("worlds").MatchesText("hello world"));
  EXPECT_TRUE(CaselessMatcher("gr\xC3\xBC\xC3\x9F").MatchesText("GR\xC3\x9C\xC3\x9F"));
  EXPECT_TRUE(CaselessMatcher("\xC3\xA4").MatchesHeader(" =?iso-8859-1?q?=C4?=\r\n"));
  EXPECT_TRUE(CaselessMatcher("two words").MatchesHeader("=?utf-8?q?two?=\r\n =?utf-8?q?_words?="));
  EXPECT_FALSE(CaselessMatcher("iso").MatchesHeader("=?iso-8859-1?q?=C4?="));
}

// Whether the needle is found, fed in frames of every size up to 5 and whole.
bool Finds(absl::string_view needle, TransferEncoding encoding, absl::string_view charset,
           absl::string_view body) {
  const CaselessMatcher matcher(needle);
  PartSearch whole(matcher, encoding, charset);
  whole.Feed(body);
  const bool found = whole.Finish();
  for (size_t size = 1; size < 6; ++size) {
    PartSearch search(matcher, encoding, charset);
    for (size_t i = 0; i < body.size(); i += size) {
      search.Feed(body.substr(i, size));
    }
    EXPECT_EQ(search.Finish(), found) << needle << " in frames of " << size;
  }
  return found;
}

TEST(PartSearch, Finds) {
  EXPECT_TRUE(Finds("needle", TransferEncoding::kIdentity, "us-ascii", "hay NeeDle hay"));
  EXPECT_TRUE(Finds("needle", TransferEncoding::kIdentity, "", "neeneedle"));
  EXPECT_TRUE(Finds("n", TransferEncoding::kIdentity, "", "N"));
  EXPECT_TRUE(Finds("", TransferEncoding::kIdentity, "", ""));
  EXPECT_FALSE(Finds("needle", TransferEncoding::kIdentity, "", "needl"));
  EXPECT_TRUE(Finds("needle", TransferEncoding::kBase64, "", "aGF5IG5lZWRs\r\nZSBoYXk="));
  EXPECT_FALSE(Finds("aGF5", TransferEncoding::kBase64, "", "aGF5IG5lZWRs\r\nZSBoYXk="));
  EXPECT_TRUE(Finds("needle", TransferEncoding::kQuotedPrintable, "", "nee=\r\nd=6Ce"));
  EXPECT_TRUE(
      Finds("\xC3\xA4"
            "b",
            TransferEncoding::kQuotedPrintable, "iso-8859-1", "x=C4B"));
  EXPECT_TRUE(Finds("\xE6\x97\xA5\xE6\x9C\xAC", TransferEncoding::kIdentity, "iso-2022-jp",
                    "\x1B$BF|K\\\x1B(B"));
}

TEST(PartSearch, LargeBodies) {
  const CaselessMatcher matcher("the very end");
  PartSearch search(matcher, TransferEncoding::kIdentity, "utf-8");
  const std::string frame(1 << 20, 't');
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(search.Feed(frame));
  }
  EXPECT_FALSE(search.Feed("he Very "));
  EXPECT_TRUE(search.Feed("End"));
}

}  // namespace
}  // namespace posthorn::mail
