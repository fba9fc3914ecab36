// No value leaves its field: a report has the parts and the header fields that it always has, lines
// that are lines, and 8-bit octets only where they may be.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/testing/require.h"
#include "mail/delivery_report.h"
#include "mail/header.h"
#include "mail/mime_scanner.h"

using posthorn::mail::ContentKind;
using posthorn::testing_support::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t third = size / 3;
  const std::string value(input.substr(0, third));
  posthorn::mail::DeliveryReport report;
  report.from = "postmaster@our.example";
  report.to = value;
  report.message_id = "1@our.example";
  report.reporting_mta = "mx.our.example";
  report.envelope_id = value;
  report.utf8 = size % 2 == 0;
  report.recipients = {{.original_recipient = std::string(input.substr(third, third)),
                        .final_recipient = value,
                        .status = value,
                        .remote_mta = value,
                        .diagnostic = std::string(input.substr(third, third))},
                       {.original_recipient = absl::StrCat("utf-8;", value)}};
  report.original_header = input.substr(2 * third);
  const posthorn::mail::ComposedReport composed = posthorn::mail::ComposeDeliveryReport(report);
  const std::string message = absl::StrCat(composed.head, composed.tail);
  int fields = 0;
  posthorn::mail::HeaderReader reader(message);
  while (const auto field = reader.Next()) {
    Require(!field->name.empty());
    fields += field->Is("In-Reply-To") || field->Is("References") ? 0 : 1;
  }
  Require(fields == 9);
  const posthorn::mail::MessageStructure structure = posthorn::mail::ScanMessage(message);
  Require(structure.parts.size() == 4 && structure.parts[0].child_count == 3);
  const posthorn::mail::ContentNeeds needs = posthorn::mail::ScanContentNeeds(message);
  Require(needs.body <= (report.utf8 ? ContentKind::k8Bit : ContentKind::k7Bit));
  Require(report.utf8 || !needs.eight_bit_header);
  return 0;
}
