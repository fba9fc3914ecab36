#include "mail/downgrade.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"

namespace posthorn::mail {
namespace {

// Downgrades in frames of several sizes, with one result.
std::string Downgrade(absl::string_view message) {
  const absl::StatusOr<std::string> whole = DowngradeMessage(message);
  for (const size_t frame : {1, 2, 7, 70}) {
    DowngradeScan scan;
    for (size_t i = 0; i < message.size(); i += frame) {
      scan.Feed(message.substr(i, frame));
    }
    absl::StatusOr<DowngradePlan> plan = scan.Finish();
    absl::Status status = plan.status();
    std::string out;
    if (plan.ok()) {
      Downgrader downgrader(*std::move(plan));
      for (size_t i = 0; i < message.size(); i += frame) {
        status.Update(downgrader.Feed(message.substr(i, frame), &out));
      }
      if (status.ok()) {
        status.Update(downgrader.Finish(&out));
      }
    }
    EXPECT_EQ(status, whole.status());
    EXPECT_TRUE(!whole.ok() || out == *whole) << out;
  }
  return whole.ok() ? *whole : absl::StrCat("! ", whole.status().message());
}

// "|" stands for CRLF.
std::string Mail(absl::string_view text) { return absl::StrReplaceAll(text, {{"|", "\r\n"}}); }

TEST(Downgrade, SevenBitStays) {
  for (const absl::string_view text :
       {"", "|", "A: b||c|", "Content-Transfer-Encoding: 8bit||a|", "A: b",
        "Content-Type: multipart/mixed; boundary=b||x|--b||y|--b--|z"}) {
    EXPECT_EQ(Downgrade(Mail(text)), Mail(text));
  }
}

TEST(Downgrade, TextBecomesQuotedPrintable) {
  EXPECT_EQ(Downgrade(Mail("MIME-Version: 1.0|Content-Transfer-Encoding: 8bit|"
                           "Content-Type: text/plain; charset=utf-8|X: y||"
                           "gr\xc3\xbc\xc3\x9f=e|")),
            Mail("MIME-Version: 1.0|Content-Transfer-Encoding: quoted-printable|"
                 "Content-Type: text/plain; charset=utf-8|X: y||"
                 "gr=C3=BC=C3=9F=3De|"));
  // RFC 1428: a message without MIME, and a body without a last line end.
  EXPECT_EQ(Downgrade(Mail("Subject: x||\xe4")),
            Mail("Subject: x|MIME-Version: 1.0|Content-Type: text/plain; charset=unknown-8bit|"
                 "Content-Transfer-Encoding: quoted-printable||=E4=|"));
  // Of several fields the first counts; a label of 7bit may lie.
  EXPECT_EQ(Downgrade(Mail("MIME-Version: 1.0|Content-Type: text/html|"
                           "content-transfer-encoding:|\t7bit|"
                           "Content-Transfer-Encoding: base64||\xe4|")),
            Mail("MIME-Version: 1.0|Content-Type: text/html|"
                 "Content-Transfer-Encoding: quoted-printable||=E4|"));
}

TEST(Downgrade, OthersBecomeBase64) {
  const std::string message =
      Mail("MIME-Version: 1.0|Content-Type: image/x|Content-Transfer-Encoding: binary||\xff\n\xfe");
  EXPECT_EQ(Downgrade(message), Mail("MIME-Version: 1.0|Content-Type: image/x|"
                                     "Content-Transfer-Encoding: base64||/wr+|"));
}

TEST(Downgrade, PartsOfAMultipart) {
  const std::string filler(70, 'f');
  EXPECT_EQ(
      Downgrade(Mail(absl::StrCat(
          "MIME-Version: 1.0|Content-Type: multipart/mixed; boundary=b|"
          "Content-Transfer-Encoding: 8bit||"
          "pre\xe4|--b|Content-Type: text/plain|Content-Transfer-Encoding: 8bit||\xe4|--c||--b|"
          "X-Filler: ",
          filler, "|Content-Type: text/plain|Content-Transfer-Encoding: 8bit||", filler, "|",
          filler, "|--b|Content-Type: application/x|X-Filler: ", filler, "||\xe4|--b--|post"))),
      Mail(absl::StrCat(
          "MIME-Version: 1.0|Content-Type: multipart/mixed; boundary=b|"
          "Content-Transfer-Encoding: 7bit||"
          "pre?|--b|Content-Type: text/plain|Content-Transfer-Encoding: quoted-printable||"
          "=E4|=2D-c||--b|X-Filler: ",
          filler, "|Content-Type: text/plain|Content-Transfer-Encoding: 7bit||", filler, "|",
          filler, "|--b|Content-Type: application/x|X-Filler: ", filler,
          "|Content-Transfer-Encoding: base64||5A==|--b--|post")));
}

TEST(Downgrade, MessagesInside) {
  EXPECT_EQ(Downgrade(Mail("MIME-Version: 1.0|Content-Type: message/rfc822|"
                           "Content-Transfer-Encoding: 8bit||"
                           "Subject: inner||\xe4|")),
            Mail("MIME-Version: 1.0|Content-Type: message/rfc822|"
                 "Content-Transfer-Encoding: 7bit||"
                 "Subject: inner|MIME-Version: 1.0|"
                 "Content-Type: text/plain; charset=unknown-8bit|"
                 "Content-Transfer-Encoding: quoted-printable||=E4|"));
}

TEST(Downgrade, WhatIsEncodedAlreadyIsEncodedAnew) {
  EXPECT_EQ(Downgrade(Mail("MIME-Version: 1.0|Content-Transfer-Encoding: quoted-printable||"
                           "\xe4=3D=|x|")),
            Mail("MIME-Version: 1.0|Content-Transfer-Encoding: quoted-printable||=E4=3Dx|"));
  const std::string zeros(1200, 'A');
  const std::string out = Downgrade(
      absl::StrCat("MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n", zeros));
  EXPECT_TRUE(absl::StrContains(out, absl::StrCat("\r\n\r\n", std::string(76, 'A'), "\r\n")))
      << out;
}

TEST(Downgrade, LongLinesOfText) {
  const std::string line(1500, 'x');
  const std::string out = Downgrade(absl::StrCat("MIME-Version: 1.0\r\n\r\n", line, "\r\n"));
  EXPECT_TRUE(absl::StrContains(out, absl::StrCat("\r\n\r\n", std::string(75, 'x'), "=\r\n")));
}

TEST(Downgrade, WhatCannotBeChanged) {
  const std::string filler(70, 'f');
  const auto with_signed = [&filler](absl::string_view inside, absl::string_view after) {
    return Mail(absl::StrCat(
        "MIME-Version: 1.0|Content-Type: multipart/mixed; boundary=b||--b|"
        "Content-Type: multipart/signed; boundary=s||--s||",
        inside, "|--s|X: ", filler, "||sig|--s--|--b|X: ", filler, "||", after, "|--b--|"));
  };
  EXPECT_EQ(Downgrade(with_signed("\xe4", "x")), "! 8-bit parts are signed");
  EXPECT_TRUE(absl::StrContains(Downgrade(with_signed("=3D", "\xe4")), Mail("--s||=3D|--s|")));
  EXPECT_EQ(Downgrade(Mail("Content-Transfer-Encoding: x-uue||\xe4|")),
            "! an 8-bit part has an unknown encoding");
  EXPECT_EQ(Downgrade(Mail("Content-Type: message/partial||\xe4|")),
            "! an 8-bit part may not be encoded");
  EXPECT_EQ(Downgrade(Mail("Subject: \xe4||x|")), "! a header has 8-bit octets");
  EXPECT_EQ(Downgrade(Mail("Subject: \xe4||\xe4|")), "! a header has 8-bit octets");
  EXPECT_EQ(Downgrade(Mail("Content-Type: multipart/mixed; boundary=b||--b|X: \xe4||x|--b--|")),
            "! a header has 8-bit octets");
  EXPECT_EQ(Downgrade(absl::StrCat("X: ", std::string(2 << 20, 'x'), "\r\n\r\n\xe4")),
            "! a header is too long");
}

TEST(Downgrade, AnotherMessageThanWasScanned) {
  DowngradeScan scan;
  scan.Feed("A: b\r\n\r\nx\xe4\r\n");
  const DowngradePlan plan = *scan.Finish();
  std::string out;
  Downgrader shorter(plan);
  EXPECT_TRUE(shorter.Feed("A: b\r\n\r\nx", &out).ok());
  EXPECT_EQ(shorter.Finish(&out).code(), absl::StatusCode::kDataLoss);
  Downgrader longer(plan);
  EXPECT_EQ(longer.Feed("A: b\r\n\r\nx\xe4\r\nmore", &out).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace posthorn::mail
