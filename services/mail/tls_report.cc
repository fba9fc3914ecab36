#include "mail/tls_report.h"

#include <zlib.h>

#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mail/report_text.h"
#include "mail/transfer_encoder.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxValue = 255;
constexpr int kGzip = 15 + 16;  // zlib: the largest window, in gzip's format

std::string FileHeader() { return absl::StrCat("\r\nContent-Type: ", kTlsReportType, "\r\n"); }

std::string Clean(absl::string_view text) { return CleanReportText(text, false, kMaxValue); }

// RFC 3339.
std::string Time(int64_t unix_seconds) {
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  char text[32] = {};
  if (gmtime_r(&seconds, &parts) != nullptr) {
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  }
  return text;
}

// Quoted. What is clean has no controls.
std::string Quote(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : Clean(text)) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
    }
    quoted += c;
  }
  return quoted + '"';
}

// The members of an object or the elements of an array, with what stands around them.
class List {
 public:
  explicit List(absl::string_view brackets) : text_(brackets.substr(0, 1)), end_(brackets[1]) {}
  void Add(absl::string_view element) {
    absl::StrAppend(&text_, text_.size() > 1 ? "," : "", element);
  }
  void Add(absl::string_view name, absl::string_view value) {
    Add(absl::StrCat("\"", name, "\":", value));
  }
  void AddText(absl::string_view name, absl::string_view text) {
    if (!text.empty()) {
      Add(name, Quote(text));
    }
  }
  bool empty() const { return text_.size() == 1; }
  std::string Finish() const { return text_ + end_; }

 private:
  std::string text_;
  const char end_;
};

std::string PolicyJson(const TlsPolicyResult& policy, absl::string_view domain) {
  List strings("[]"), hosts("[]");
  for (absl::string_view line : absl::StrSplit(policy.text, '\n', absl::SkipWhitespace())) {
    line = absl::StripAsciiWhitespace(line);
    strings.Add(Quote(line));
    if (policy.type == "sts" && absl::ConsumePrefix(&line, "mx:")) {
      hosts.Add(Quote(absl::StripAsciiWhitespace(line)));
    }
  }
  List json("{}");
  json.AddText("policy-type", policy.type);
  if (!strings.empty()) {
    json.Add("policy-string", strings.Finish());
  }
  json.AddText("policy-domain", domain);
  if (!hosts.empty()) {
    json.Add("mx-host", hosts.Finish());
  }
  return json.Finish();
}

std::string FailureJson(const TlsFailure& failure) {
  List json("{}");
  json.AddText("result-type", failure.result_type);
  json.AddText("sending-mta-ip", failure.sending_address);
  json.AddText("receiving-mx-hostname", failure.receiving_host);
  json.AddText("receiving-ip", failure.receiving_address);
  json.Add("failed-session-count", absl::StrCat(failure.sessions));
  return json.Finish();
}

std::string ResultJson(const TlsPolicyResult& policy, absl::string_view domain) {
  List summary("{}"), failures("[]");
  summary.Add("total-successful-session-count", absl::StrCat(policy.successful));
  summary.Add("total-failure-session-count", absl::StrCat(policy.failed));
  for (const TlsFailure& failure : policy.failures) {
    failures.Add(FailureJson(failure));
  }
  List json("{}");
  json.Add("policy", PolicyJson(policy, domain));
  json.Add("summary", summary.Finish());
  if (!failures.empty()) {
    json.Add("failure-details", failures.Finish());
  }
  return json.Finish();
}

std::string Gzip(absl::string_view plain) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, MAX_MEM_LEVEL,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    return "";
  }
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// All but what concerns the parts.
std::string Header(const TlsReport& report, const std::vector<std::string>& to, const Date& date) {
  const std::string domain = Clean(report.domain);
  const std::string submitter = Clean(report.submitter);
  const std::string id = absl::StrCat("<", Clean(report.report_id), ">");
  std::string receivers;
  for (const std::string& address : to) {
    absl::StrAppend(&receivers, receivers.empty() ? "<" : ", <", Clean(address), ">");
  }
  std::string header;
  AppendReportField("From", absl::StrCat("<", Clean(report.contact), ">"), false, &header);
  AppendReportField("To", receivers.empty() ? "undisclosed-recipients:;" : receivers, true,
                    &header);
  AppendReportField(
      "Subject",
      absl::StrCat("Report Domain: ", domain, " Submitter: ", submitter, " Report-ID: ", id), true,
      &header);
  AppendReportField("Date", FormatDate(date), false, &header);
  AppendReportField("Message-ID", id, false, &header);
  AppendReportField("TLS-Report-Domain", domain, false, &header);
  AppendReportField("TLS-Report-Submitter", submitter, false, &header);
  AppendReportField("Auto-Submitted", "auto-generated", false, &header);  // RFC 3834 5.2
  // RFC 8689 5: those after us, too, send it on whatever TLS there is.
  AppendReportField("TLS-Required", "No", false, &header);
  AppendReportField("MIME-Version", "1.0", false, &header);
  return header;
}

}  // namespace

std::string TlsReportJson(const TlsReport& report) {
  List range("{}"), policies("[]"), json("{}");
  range.AddText("start-datetime", Time(report.begins_at));
  range.AddText("end-datetime", Time(report.ends_at));
  for (const TlsPolicyResult& policy : report.policies) {
    policies.Add(ResultJson(policy, report.domain));
  }
  json.AddText("organization-name", report.submitter);
  json.Add("date-range", range.Finish());
  json.AddText("contact-info", report.contact);
  json.AddText("report-id", report.report_id);
  json.Add("policies", policies.Finish());
  return json.Finish();
}

std::string ComposeTlsReport(const TlsReport& report, const std::vector<std::string>& to,
                             const Date& date) {
  // No line of base64 or of our text has "=_".
  const std::string boundary = absl::StrCat("=_", Clean(report.report_id.substr(0, 32)));
  const std::string submitter = Clean(report.submitter);
  const std::string domain = Clean(report.domain);
  std::string mail = Header(report, to, date);
  absl::StrAppend(&mail, "Content-Type: multipart/report; report-type=\"tlsrpt\";\r\n boundary=\"",
                  boundary, "\"\r\n\r\n--", boundary,
                  "\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n");
  AppendReportLines(absl::StrCat("This is an aggregate report of TLS sessions from ", submitter,
                                 " to the hosts of ", domain, "."),
                    "", &mail);
  // RFC 8460 5.1 has the file's name.
  absl::StrAppend(&mail, "\r\n--", boundary, FileHeader(),
                  "Content-Transfer-Encoding: base64\r\n"
                  "Content-Disposition: attachment;\r\n filename=\"",
                  submitter, "!", domain, "!", report.begins_at, "!", report.ends_at,
                  ".json.gz\"\r\n\r\n");
  TransferEncoder encoder(TransferEncoding::kBase64);
  encoder.Feed(Gzip(TlsReportJson(report)), &mail);
  encoder.Finish(/*end_line=*/true, &mail);
  absl::StrAppend(&mail, "--", boundary, "--\r\n");
  return mail;
}

std::optional<std::string> TlsReportFile(absl::string_view message) {
  const size_t header = message.find(FileHeader());
  if (header == absl::string_view::npos) {
    return std::nullopt;
  }
  const size_t begin = message.find("\r\n\r\n", header);
  if (begin == absl::string_view::npos) {
    return std::nullopt;
  }
  const absl::string_view text = message.substr(begin + 4);
  std::string file;
  // No line of base64 begins with "--".
  if (!absl::Base64Unescape(text.substr(0, text.find("--")), &file) || file.empty()) {
    return std::nullopt;
  }
  return file;
}

}  // namespace posthorn::mail
