#include "mail/transfer_encoder.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

// Encoded in frames of several sizes with one result, which decodes to the same octets.
std::string Encode(TransferEncoding encoding, absl::string_view octets, bool end_line = false) {
  std::string whole;
  for (const size_t frame : {octets.size() + 1, size_t{1}, size_t{2}, size_t{59}}) {
    TransferEncoder encoder(encoding);
    std::string out;
    for (size_t i = 0; i < octets.size(); i += frame) {
      encoder.Feed(octets.substr(i, frame), &out);
    }
    encoder.Finish(end_line, &out);
    whole = whole.empty() ? out : whole;
    EXPECT_EQ(out, whole) << frame;
  }
  TransferDecoder decoder(encoding);
  std::string decoded;
  decoder.Feed(whole, &decoded);
  decoder.Finish(&decoded);
  EXPECT_EQ(absl::CEscape(decoded), absl::CEscape(octets));
  EXPECT_FALSE(decoder.damaged());
  for (const absl::string_view line : absl::StrSplit(whole, "\r\n")) {
    EXPECT_LE(line.size(), 76U);
  }
  return whole;
}

std::string Quoted(absl::string_view octets, bool end_line = false) {
  return Encode(TransferEncoding::kQuotedPrintable, octets, end_line);
}
std::string Base64(absl::string_view octets, bool end_line = false) {
  return Encode(TransferEncoding::kBase64, octets, end_line);
}

TEST(TransferEncoder, QuotedPrintable) {
  EXPECT_EQ(Quoted(""), "");
  EXPECT_EQ(Quoted("a=b \xc3\xa4\r\n"), "a=3Db =C3=A4\r\n");
  EXPECT_EQ(Quoted("a \r\n\t\r\nb\t"), "a=20\r\n=09\r\nb=09");
  EXPECT_EQ(Quoted("a  b"), "a  b");
  EXPECT_EQ(Quoted("a\nb\rc\r\r\n\r"), "a=0Ab=0Dc=0D\r\n=0D");
  EXPECT_EQ(Quoted(absl::string_view("\0\x7f", 2)), "=00=7F");
  EXPECT_EQ(Quoted("a", true), "a=\r\n");
  EXPECT_EQ(Quoted("a\r\n", true), "a\r\n");
}

TEST(TransferEncoder, QuotedPrintableLines) {
  const std::string line(75, 'x');
  EXPECT_EQ(Quoted(absl::StrCat(line, "\r\n")), absl::StrCat(line, "\r\n"));
  EXPECT_EQ(Quoted(absl::StrCat(line, "x")), absl::StrCat(line, "=\r\nx"));
  EXPECT_EQ(Quoted(absl::StrCat(line.substr(1), "\xff")), absl::StrCat(line.substr(1), "=\r\n=FF"));
  EXPECT_EQ(Quoted(absl::StrCat(line, " \r\n")), absl::StrCat(line, "=\r\n=20\r\n"));
  std::string all;
  for (int i = 0; i < 3000; ++i) {
    all.push_back(static_cast<char>(i * 7));
  }
  Quoted(all);
  Quoted(all, true);
}

TEST(TransferEncoder, NoLineIsABoundary) {
  EXPECT_EQ(Quoted("--b\r\n-\r\na--"), "=2D-b\r\n=2D\r\na--");
  const std::string line(75, 'x');
  EXPECT_EQ(Quoted(absl::StrCat(line, "--b")), absl::StrCat(line, "=\r\n=2D-b"));
}

TEST(TransferEncoder, Base64) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo", true), "Zm8=\r\n");
  EXPECT_EQ(Base64(std::string(57, '\0'), true), absl::StrCat(std::string(76, 'A'), "\r\n"));
  EXPECT_EQ(Base64(std::string(58, '\0')), absl::StrCat(std::string(76, 'A'), "\r\nAA=="));
}

}  // namespace
}  // namespace posthorn::mail
