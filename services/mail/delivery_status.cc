#include "mail/delivery_status.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mail/report_text.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxEnvelopeId = 100;  // RFC 3461 4.4

// In the order of ReportAction. RFC 3461 6.3 (g): the status where none is known.
struct Action {
  absl::string_view name;
  absl::string_view default_status;
};
constexpr std::array<Action, 5> kActions = {{{"failed", "5.0.0"},
                                             {"delayed", "4.0.0"},
                                             {"delivered", "2.0.0"},
                                             {"relayed", "2.0.0"},
                                             {"expanded", "2.0.0"}}};

// RFC 3463 2: class "." subject "." detail.
bool IsStatus(absl::string_view status) {
  const std::vector<absl::string_view> numbers = absl::StrSplit(status, '.');
  if (numbers.size() != 3 || (numbers[0] != "2" && numbers[0] != "4" && numbers[0] != "5")) {
    return false;
  }
  return std::all_of(numbers.begin(), numbers.end(), [](absl::string_view number) {
    return !number.empty() && number.size() <= 3 &&
           std::all_of(number.begin(), number.end(), absl::ascii_isdigit);
  });
}

void DateField(absl::string_view name, int64_t unix_seconds, std::string* out) {
  if (unix_seconds != 0) {
    AppendReportField(name, FormatDate({.unix_seconds = unix_seconds}), /*fold=*/false, out);
  }
}

void AppendRecipient(const ReportRecipient& recipient, bool utf8, std::string* out) {
  if (!recipient.original_recipient.empty()) {
    AppendReportField("Original-Recipient", ReportTypedAddress(recipient.original_recipient, utf8),
                      /*fold=*/false, out);
  }
  AppendReportField("Final-Recipient", ReportAddress(recipient.final_recipient, utf8),
                    /*fold=*/false, out);
  const Action& action = kActions[static_cast<size_t>(recipient.action)];
  AppendReportField("Action", action.name, /*fold=*/false, out);
  const bool given = IsStatus(recipient.status);
  AppendReportField("Status", given ? absl::string_view(recipient.status) : action.default_status,
                    /*fold=*/false, out);
  if (!recipient.remote_mta.empty()) {
    AppendReportField(
        "Remote-MTA",
        absl::StrCat("dns; ", CleanReportText(recipient.remote_mta, utf8, kMaxReportValue)),
        /*fold=*/false, out);
  }
  if (!recipient.diagnostic.empty()) {
    AppendReportField("Diagnostic-Code",
                      absl::StrCat(recipient.remote_reply ? "smtp; " : "x-posthorn; ",
                                   CleanReportText(recipient.diagnostic, utf8, kMaxReportValue)),
                      /*fold=*/true, out);
  }
  DateField("Last-Attempt-Date", recipient.last_attempt_at, out);
  if (recipient.action == ReportAction::kDelayed) {
    DateField("Will-Retry-Until", recipient.will_retry_until, out);
  }
}

}  // namespace

std::string ComposeDeliveryStatus(const DeliveryReport& report) {
  std::string out;
  if (!report.envelope_id.empty()) {
    // RFC 3461 6.3 (a): not in xtext here.
    AppendReportField("Original-Envelope-Id",
                      CleanReportText(report.envelope_id, report.utf8, kMaxEnvelopeId),
                      /*fold=*/false, &out);
  }
  AppendReportField(
      "Reporting-MTA",
      absl::StrCat("dns; ", CleanReportText(report.reporting_mta, report.utf8, kMaxReportValue)),
      /*fold=*/false, &out);
  DateField("Arrival-Date", report.arrived_at, &out);
  for (const ReportRecipient& recipient : report.recipients) {
    absl::StrAppend(&out, "\r\n");
    AppendRecipient(recipient, report.utf8, &out);
  }
  return out;
}

}  // namespace posthorn::mail
