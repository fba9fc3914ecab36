#include "mail/delivery_report.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mail/mime_scanner.h"
#include "mail/report_text.h"
#include "mail/transfer_encoding.h"

namespace posthorn::mail {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr absl::string_view kOriginal =
    "Received: by mx\r\nFrom: a@example.org\r\nSubject: Tea\r\n"
    "Message-ID: <tea.1@example.org>\r\n\r\n";

DeliveryReport Report() {
  DeliveryReport report;
  report.from = "postmaster@our.example";
  report.to = "a@example.org";
  report.message_id = "4711@mx.our.example";
  report.date = {.unix_seconds = 1'790'000'000};
  report.reporting_mta = "mx.our.example";
  report.envelope_id = "QQ314159";
  report.arrived_at = 1'789'990'000;
  report.recipients = {{.original_recipient = "rfc822;B@Example.net",
                        .final_recipient = "b@example.net",
                        .status = "5.1.1",
                        .remote_mta = "mx.example.net",
                        .diagnostic = "550 5.1.1 no such user",
                        .remote_reply = true,
                        .last_attempt_at = 1'789'999'000}};
  report.original_header = kOriginal;
  return report;
}

std::string Whole(const DeliveryReport& report, absl::string_view message = "") {
  const ComposedReport composed = ComposeDeliveryReport(report);
  return absl::StrCat(composed.head, message, composed.tail);
}

// The body of a part as transferred.
std::string Body(absl::string_view message, size_t part) {
  const MessageStructure structure = ScanMessage(message);
  const Part& found = structure.parts.at(part);
  return std::string(message.substr(found.body_offset, found.body_size));
}

std::vector<std::string> Types(absl::string_view message) {
  std::vector<std::string> types;
  for (const Part& part : ScanMessage(message).parts) {
    types.push_back(absl::StrCat(part.type, "/", part.subtype, " ", part.encoding));
  }
  return types;
}

TEST(DeliveryReport, OfAFailure) {
  const std::string report = Whole(Report());
  EXPECT_THAT(report, StartsWith("From: Mail Delivery System <postmaster@our.example>\r\n"
                                 "To: <a@example.org>\r\n"
                                 "Subject: Mail could not be delivered\r\n"
                                 "Date: Mon, 21 Sep 2026 14:13:20 +0000\r\n"
                                 "Message-ID: <4711@mx.our.example>\r\n"
                                 "In-Reply-To: <tea.1@example.org>\r\n"
                                 "References: <tea.1@example.org>\r\n"
                                 "Auto-Submitted: auto-replied\r\n"
                                 "MIME-Version: 1.0\r\n"
                                 "Content-Type: multipart/report; report-type=delivery-status;\r\n"
                                 " boundary=\"=_"));
  EXPECT_THAT(Types(report),
              ::testing::ElementsAre("multipart/report 7bit", "text/plain 7bit",
                                     "message/delivery-status 7bit", "text/rfc822-headers 7bit"));
  EXPECT_EQ(Body(report, 1),
            "This is the mail system at mx.our.example.\r\n\r\n"
            "Your message could not be delivered to the recipients below. It will not be\r\n"
            "tried again.\r\n\r\n"
            "  <b@example.net>\r\n"
            "    mx.example.net said: 550 5.1.1 no such user\r\n");
  EXPECT_EQ(Body(report, 2),
            "Original-Envelope-Id: QQ314159\r\n"
            "Reporting-MTA: dns; mx.our.example\r\n"
            "Arrival-Date: Mon, 21 Sep 2026 11:26:40 +0000\r\n"
            "\r\n"
            "Original-Recipient: rfc822; B@Example.net\r\n"
            "Final-Recipient: rfc822; b@example.net\r\n"
            "Action: failed\r\n"
            "Status: 5.1.1\r\n"
            "Remote-MTA: dns; mx.example.net\r\n"
            "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n"
            "Last-Attempt-Date: Mon, 21 Sep 2026 13:56:40 +0000\r\n");
  EXPECT_EQ(absl::StrCat(Body(report, 3), "\r\n"), kOriginal);
}

TEST(DeliveryReport, OfSeveralRecipients) {
  DeliveryReport report = Report();
  report.envelope_id.clear();
  report.recipients = {
      {.final_recipient = "late@example.net",
       .action = ReportAction::kDelayed,
       .status = "nonsense",
       .diagnostic = "no connection",
       .will_retry_until = 1'790'100'000},
      {.final_recipient = "c@example.net", .action = ReportAction::kRelayed},
      {.final_recipient = "d@example.net", .action = ReportAction::kDelivered, .status = "2.1.5"}};
  const std::string message = Whole(report);
  EXPECT_THAT(message, HasSubstr("Subject: Mail is delayed\r\n"));
  EXPECT_EQ(Body(message, 2),
            "Reporting-MTA: dns; mx.our.example\r\n"
            "Arrival-Date: Mon, 21 Sep 2026 11:26:40 +0000\r\n"
            "\r\n"
            "Final-Recipient: rfc822; late@example.net\r\n"
            "Action: delayed\r\n"
            "Status: 4.0.0\r\n"
            "Diagnostic-Code: x-posthorn; no connection\r\n"
            "Will-Retry-Until: Tue, 22 Sep 2026 18:00:00 +0000\r\n"
            "\r\n"
            "Final-Recipient: rfc822; c@example.net\r\n"
            "Action: relayed\r\n"
            "Status: 2.0.0\r\n"
            "\r\n"
            "Final-Recipient: rfc822; d@example.net\r\n"
            "Action: delivered\r\n"
            "Status: 2.1.5\r\n");
  EXPECT_THAT(Body(message, 1), HasSubstr("    It is tried until Tue, 22 Sep 2026 18:00:00"));
}

TEST(DeliveryReport, ReturnsTheWholeMessage) {
  DeliveryReport report = Report();
  report.returned = ReturnedContent::kWhole;
  const std::string original = absl::StrCat(kOriginal, "--=_x\r\nbody without a line end");
  std::string message = Whole(report, original);
  EXPECT_THAT(Types(message), ::testing::ElementsAre("multipart/report 7bit", "text/plain 7bit",
                                                     "message/delivery-status 7bit",
                                                     "message/rfc822 7bit", "text/plain 7BIT"));
  EXPECT_EQ(Body(message, 3), original);
  report.original_content = ContentKind::k8Bit;
  message = Whole(report, absl::StrCat(kOriginal, "\xe4\r\n"));
  EXPECT_EQ(Types(message)[0], "multipart/report 8bit");
  EXPECT_EQ(Types(message)[1], "text/plain 7bit");
  EXPECT_EQ(Types(message)[3], "message/rfc822 8bit");
}

TEST(DeliveryReport, InUtf8) {
  DeliveryReport report = Report();
  report.utf8 = true;
  report.to = "\xc3\xa4@example.org";
  report.recipients[0].original_recipient = "utf-8;\\x{E4}@example.net";
  report.recipients[0].final_recipient = "\xc3\xa4@example.net";
  report.original_header = "Subject: \xc3\xa4\r\n\r\n";
  std::string message = Whole(report);
  EXPECT_THAT(Types(message), ::testing::ElementsAre("multipart/report 8bit", "text/plain 8bit",
                                                     "message/global-delivery-status 8bit",
                                                     "message/global-headers 8bit"));
  EXPECT_THAT(message, AllOf(HasSubstr("To: <\xc3\xa4@example.org>\r\n"),
                             HasSubstr("Original-Recipient: utf-8; \xc3\xa4@example.net\r\n"),
                             HasSubstr("Final-Recipient: utf-8; \xc3\xa4@example.net\r\n")));
  report.returned = ReturnedContent::kWhole;
  EXPECT_EQ(Types(Whole(report, "Subject: \xc3\xa4\r\n\r\n"))[3], "message/global 8bit");
  // RFC 6533 3: the same for a sender whose message was not SMTPUTF8, in 7 bits.
  report.utf8 = false;
  report.to = "a@example.org";
  report.returned = ReturnedContent::kHeader;
  message = Whole(report);
  EXPECT_THAT(message, AllOf(HasSubstr("Original-Recipient: utf-8; \\x{E4}@example.net\r\n"),
                             HasSubstr("Final-Recipient: utf-8; \\x{E4}@example.net\r\n"),
                             HasSubstr("  <?@example.net>\r\n")));
  EXPECT_EQ(Types(message)[3], "text/rfc822-headers quoted-printable");
  EXPECT_EQ(ScanContentNeeds(message).body, ContentKind::k7Bit);
}

TEST(DeliveryReport, HostileValuesStayInTheirFields) {
  DeliveryReport report = Report();
  const std::string evil =
      absl::StrCat("x\r\nBcc: evil\n\r\n--=_\r.\r\n\x1b[1m", absl::string_view("\0", 1), "\xff\xe4",
                   std::string(5000, 'y'));
  report.to = evil;
  report.reporting_mta = evil;
  report.envelope_id = evil;
  report.recipients = {{.original_recipient = absl::StrCat("rfc822;", evil),
                        .final_recipient = evil,
                        .status = evil,
                        .remote_mta = evil,
                        .diagnostic = evil,
                        .remote_reply = true},
                       {.original_recipient = evil, .final_recipient = ""},
                       {.original_recipient = absl::StrCat("\"", evil, "\";x")},
                       {.original_recipient = "utf-8;\\x{0D}\\x{0A}Bcc: \\x{110000}\\x{D800}",
                        .final_recipient = "\xc3\xa4\r\nBcc: x"}};
  std::string header(2000, 'z');
  report.original_header = header;
  for (const bool utf8 : {false, true}) {
    report.utf8 = utf8;
    const std::string message = Whole(report);
    const ContentNeeds needs = ScanContentNeeds(message);
    EXPECT_EQ(needs.eight_bit_header, false);
    EXPECT_NE(needs.body, ContentKind::kBinary);
    EXPECT_TRUE(utf8 || needs.body == ContentKind::k7Bit);
    for (const absl::string_view line : absl::StrSplit(message, "\r\n")) {
      EXPECT_FALSE(absl::StartsWith(line, "Bcc")) << line;
      EXPECT_LE(line.size(), 998U);
    }
    EXPECT_EQ(Types(message).size(), 4U);
  }
}

TEST(DeliveryReport, LongHeadersAreCut) {
  DeliveryReport report = Report();
  std::string header;
  for (int i = 0; i < 3000; ++i) {
    absl::StrAppend(&header, "X-Field-", i, ": some thirty octets of text\r\n");
  }
  report.original_header = header;
  const std::string returned = Body(Whole(report), 3);
  EXPECT_LE(returned.size(), 64U << 10);
  EXPECT_GT(returned.size(), 60U << 10);
  EXPECT_THAT(returned, EndsWith(": some thirty octets of text\r\n"));
}

TEST(ReportText, FoldsAtSpaces) {
  std::string out;
  AppendReportField("Diagnostic-Code", absl::StrCat("smtp; ", std::string(60, 'a'), "  b c"),
                    /*fold=*/true, &out);
  EXPECT_EQ(out, absl::StrCat("Diagnostic-Code: smtp;\r\n ", std::string(60, 'a'), " b c\r\n"));
  EXPECT_EQ(CleanReportText("a\r\n\tb\x7f", true, 100), "a   b ");
  EXPECT_EQ(CleanReportText("\xc3\xa4\xc3\xa4", true, 3), "\xc3\xa4");
  EXPECT_EQ(CleanReportText("\xc3\xa4\xff", false, 100), "??");
  EXPECT_EQ(ReportAddress("\xc3\xa4+b@x.org", false), "utf-8; \\x{E4}\\x{2B}b@x.org");
  EXPECT_EQ(ReportTypedAddress("utf-8;not\\x{zz}", true), "utf-8; not\\x{zz}");
  EXPECT_EQ(ReportTypedAddress("x400;/C=de/", false), "x400; /C=de/");
  EXPECT_EQ(ReportTypedAddress("\"a\r\nb\";c", false), "rfc822; \"a  b\";c");
  EXPECT_THAT(ReportTypedAddress(";", false), Not(HasSubstr("\r")));
}

}  // namespace
}  // namespace posthorn::mail
