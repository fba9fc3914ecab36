// No value leaves its field: a report has the fields and the parts that it always has, and is
// 7-bit.
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/testing/require.h"
#include "mail/eight_bit.h"
#include "mail/header.h"
#include "mail/mime_scanner.h"
#include "mail/tls_report.h"

using posthorn::testing_support::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  const posthorn::mail::TlsReport report = {
      .submitter = "our.example",
      .contact = "postmaster@our.example",
      .domain = "far.example",
      .report_id = "1@our.example",
      .policies = {{.type = value, .text = value, .failures = {{value, value, value, value, 1}}}}};
  const std::string json = posthorn::mail::TlsReportJson(report);
  bool quoted = false;
  int depth = 0;
  for (size_t i = 0; i < json.size(); ++i) {
    Require(json[i] >= ' ' && json[i] <= '~');
    if (json[i] == '\\') {
      Require(quoted && ++i < json.size());
    } else if (json[i] == '"') {
      quoted = !quoted;
    } else if (!quoted) {
      depth += json[i] == '{' || json[i] == '[' ? 1 : json[i] == '}' || json[i] == ']' ? -1 : 0;
      Require(depth > 0 || i + 1 == json.size());
    }
  }
  Require(depth == 0 && !quoted);
  const std::string mail = posthorn::mail::ComposeTlsReport(report, {value}, {});
  int fields = 0;
  posthorn::mail::HeaderReader reader(mail);
  while (reader.Next()) {
    ++fields;
  }
  Require(fields == 11);
  Require(posthorn::mail::ScanMessage(mail).parts.size() == 3);
  const posthorn::mail::ContentNeeds needs = posthorn::mail::ScanContentNeeds(mail);
  Require(needs.body == posthorn::mail::ContentKind::k7Bit && !needs.eight_bit_header);
  return 0;
}
