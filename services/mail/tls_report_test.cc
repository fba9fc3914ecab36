#include "mail/tls_report.h"

#include <zlib.h>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mail/mime_scanner.h"

namespace posthorn::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TlsReport Report() {
  return {.submitter = "our.example",
          .contact = "postmaster@our.example",
          .domain = "far.example",
          .report_id = "0123456789abcdef0123456789abcdef@our.example",
          .begins_at = 1'789'948'800,
          .ends_at = 1'790'035'199,
          .policies = {{.type = "sts",
                        .text = "version: STSv1\r\nmode: testing\r\nmx: *.far.example\r\n",
                        .successful = 5,
                        .failed = 2,
                        .failures = {{.result_type = "certificate-expired",
                                      .sending_address = "192.0.2.1",
                                      .receiving_host = "mx.far.example",
                                      .receiving_address = "2001:db8::1",
                                      .sessions = 2}}},
                       {.type = "no-policy-found", .successful = 7}}};
}

std::string Unpack(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string plain(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

TEST(TlsReport, SaysWhatTheDomainWantsToKnow) {
  EXPECT_EQ(TlsReportJson(Report()),
            R"({"organization-name":"our.example",)"
            R"("date-range":{"start-datetime":"2026-09-21T00:00:00Z",)"
            R"("end-datetime":"2026-09-21T23:59:59Z"},)"
            R"("contact-info":"postmaster@our.example",)"
            R"("report-id":"0123456789abcdef0123456789abcdef@our.example",)"
            R"("policies":[{"policy":{"policy-type":"sts",)"
            R"("policy-string":["version: STSv1","mode: testing","mx: *.far.example"],)"
            R"("policy-domain":"far.example","mx-host":["*.far.example"]},)"
            R"("summary":{"total-successful-session-count":5,"total-failure-session-count":2},)"
            R"("failure-details":[{"result-type":"certificate-expired",)"
            R"("sending-mta-ip":"192.0.2.1","receiving-mx-hostname":"mx.far.example",)"
            R"("receiving-ip":"2001:db8::1","failed-session-count":2}]},)"
            R"({"policy":{"policy-type":"no-policy-found","policy-domain":"far.example"},)"
            R"("summary":{"total-successful-session-count":7,"total-failure-session-count":0}}]})");
}

TEST(TlsReport, IsTakenOutOfItsMessage) {
  for (const bool addressed : {true, false}) {
    const std::vector<std::string> to(addressed ? 1 : 0, "tls@far.example");
    const std::string mail =
        "DKIM-Signature: v=1\r\n" + ComposeTlsReport(Report(), to, {1'790'040'000, 0});
    EXPECT_EQ(absl::StrContains(mail, "\r\nTo: undisclosed-recipients:;\r\n"), !addressed);
    const auto file = TlsReportFile(mail);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(Unpack(*file), TlsReportJson(Report()));
  }
}

TEST(TlsReport, IsNotInOtherMessages) {
  for (const char* message :
       {"", "Subject: no\r\n\r\nreport\r\n", "A: b\r\nContent-Type: application/tlsrpt+gzip\r\n",
        "A: b\r\nContent-Type: application/tlsrpt+gzip\r\n\r\n",
        "A: b\r\nContent-Type: application/tlsrpt+gzip\r\n\r\n?!\r\n--x--\r\n"}) {
    EXPECT_FALSE(TlsReportFile(message).has_value()) << message;
  }
}

TEST(TlsReport, IsAMessageWithTheReportInIt) {
  const std::string mail =
      ComposeTlsReport(Report(), {"tls@far.example", "b@else.example"}, {1'790'040'000, 0});
  EXPECT_THAT(mail, StartsWith("From: <postmaster@our.example>\r\n"
                               "To: <tls@far.example>, <b@else.example>\r\n"
                               "Subject: Report Domain: far.example Submitter: our.example"));
  const std::string unfolded = absl::StrReplaceAll(mail, {{"\r\n ", " "}});
  EXPECT_THAT(unfolded, HasSubstr("Submitter: our.example Report-ID: "
                                  "<0123456789abcdef0123456789abcdef@our.example>\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nTLS-Report-Domain: far.example\r\n"
                              "TLS-Report-Submitter: our.example\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nTLS-Required: No\r\n"));
  EXPECT_THAT(unfolded, HasSubstr("\r\nContent-Type: multipart/report; report-type=\"tlsrpt\";"));
  EXPECT_THAT(mail, HasSubstr("\"our.example!far.example!1789948800!1790035199.json.gz\""));
  const MessageStructure structure = ScanMessage(mail);
  ASSERT_EQ(structure.parts.size(), 3u);
  const size_t body = mail.find("\r\n\r\n", mail.find("tlsrpt+gzip")) + 4;
  std::string packed;
  ASSERT_TRUE(absl::Base64Unescape(
      absl::StrReplaceAll(mail.substr(body, mail.find("--=_", body) - body), {{"\r\n", ""}}),
      &packed));
  EXPECT_EQ(Unpack(packed), TlsReportJson(Report()));
}

// All of it comes from the DNS, from policies and from hosts of others.
TEST(TlsReport, NoValueLeavesItsPlace) {
  TlsReport report = Report();
  report.policies[0].text = "mx: \"a\\\",\"x\":\x01\xff\"\n" + std::string(1'000, 'x');
  report.policies[0].failures[0].receiving_host = "mx\"}]\r\n.far.example";
  const std::string json = TlsReportJson(report);
  EXPECT_THAT(json, HasSubstr(R"("mx: \"a\\\",\"x\": ?\"")"));
  EXPECT_THAT(json, HasSubstr(R"("receiving-mx-hostname":"mx\"}]  .far.example")"));
  EXPECT_FALSE(absl::StrContains(json, std::string(256, 'x')));
}

}  // namespace
}  // namespace posthorn::mail
