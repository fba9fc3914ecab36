// Notifications of what became of a message (RFC 3464; RFC 3461 6, RFC 6522, RFC 6533).
//
// Every value may hold any octets: controls never reach a field or a line of text, what is too long
// is cut, and octets above 127 appear only in a report that is `utf8`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mail/date.h"
#include "mail/eight_bit.h"

namespace posthorn::mail {

// RFC 3464 2.3.3
enum class ReportAction : uint8_t { kFailed, kDelayed, kDelivered, kRelayed, kExpanded };

struct ReportRecipient {
  std::string
      original_recipient;       // ORCPT decoded, "rfc822;alice@example.org"; empty: none was given
  std::string final_recipient;  // the forward-path
  ReportAction action = ReportAction::kFailed;
  std::string status;            // RFC 3463, "5.1.1"; anything else becomes 5.0.0, 4.0.0 or 2.0.0
  std::string remote_mta;        // host name; empty: none was reached
  std::string diagnostic;        // the reply of the next hop, or what went wrong in our words
  bool remote_reply = false;     // it is a reply: Diagnostic-Code: smtp
  int64_t last_attempt_at = 0;   // Unix seconds; 0: not known
  int64_t will_retry_until = 0;  // Unix seconds; written for kDelayed
};

enum class ReturnedContent : uint8_t {
  kHeader,  // `original` is the header block, which becomes part of the report
  kWhole,   // the caller puts the message between head and tail
};

struct DeliveryReport {
  std::string from;        // address of the postmaster here: shown as the Mail Delivery System
  std::string to;          // the reverse-path that is notified
  std::string message_id;  // without brackets, not to be guessed: the boundary is made from it
  Date date;
  std::string reporting_mta;                // our host name
  std::string envelope_id;                  // ENVID decoded; empty: none was given
  int64_t arrived_at = 0;                   // Unix seconds; 0: not known
  std::vector<ReportRecipient> recipients;  // at least one
  // RFC 6533: the message was SMTPUTF8. The report has 8-bit octets and needs SMTPUTF8 then.
  bool utf8 = false;

  ReturnedContent returned = ReturnedContent::kHeader;
  // Header block of the message that is reported of; with kWhole only its Message-ID is looked at.
  // Of more than 64 KiB the rest is left out.
  absl::string_view original_header;
  // Of the message put in, its header included. With kBinary the report needs BINARYMIME, which few
  // take: return the header then.
  ContentKind original_content = ContentKind::k7Bit;
};

// The report is head, with kWhole the octets of the message, tail. Lines end with CRLF.
struct ComposedReport {
  std::string head;
  std::string tail;
};
ComposedReport ComposeDeliveryReport(const DeliveryReport& report);

}  // namespace posthorn::mail
