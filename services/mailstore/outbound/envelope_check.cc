#include "mailstore/outbound/envelope_check.h"

#include "absl/strings/str_cat.h"
#include "mailstore/outbound/clean_text.h"

namespace posthorn::store {
namespace {

constexpr int kMostRecipients = 1'000;
constexpr size_t kMostPath = 1'024;
constexpr size_t kMostOriginal = 1'024;
constexpr size_t kMostEnvelopeId = 100;
constexpr uint32_t kMostHold = 366 * 86'400;
constexpr int kMostPriority = 9;
constexpr uint32_t kAllNotify =
    v1::NOTIFY_NEVER | v1::NOTIFY_SUCCESS | v1::NOTIFY_FAILURE | v1::NOTIFY_DELAY;

absl::Status Invalid(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::Status CheckEnvelope(const v1::OutboundEnvelope& envelope) {
  if (!IsCleanText(envelope.reverse_path(), kMostPath)) {
    return Invalid("reverse_path: printable, at most 1,024 octets");
  }
  if (!IsCleanText(envelope.envelope_id(), kMostEnvelopeId)) {
    return Invalid("envelope_id: printable, at most 100 octets");
  }
  if (envelope.priority() < -kMostPriority || envelope.priority() > kMostPriority) {
    return Invalid("priority: -9 to 9");
  }
  if (envelope.hold_seconds() > kMostHold) {
    return Invalid("hold_seconds: at most a year");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckOutgoing(const v1::DeliverStart& start) {
  if (const absl::Status status = CheckEnvelope(start.envelope()); !status.ok()) {
    return status;
  }
  if (start.recipients_size() > kMostRecipients ||
      start.success_recipients_size() > kMostRecipients) {
    return Invalid("recipients: at most 1,000");
  }
  if (start.envelope().hold_seconds() > 0 && !start.account_ids().empty()) {
    return Invalid("account_ids: none for a message that is held");
  }
  for (const v1::OutboundRecipient& recipient : start.recipients()) {
    // What has no domain is ours: the bare postmaster (RFC 5321 4.5.1).
    const bool has_domain = !DomainOf(recipient.forward_path()).empty();
    if (recipient.forward_path().empty() || !IsCleanText(recipient.forward_path(), kMostPath) ||
        (!has_domain && start.envelope().hold_seconds() == 0)) {
      return Invalid("forward_path: local-part@domain, printable, at most 1,024 octets");
    }
    if (!IsCleanText(recipient.original_recipient(), kMostOriginal) ||
        !IsCleanText(recipient.forwarded_by(), kMostPath) ||
        (recipient.notify() & ~kAllNotify) != 0) {
      return Invalid("recipients: original_recipient, forwarded_by or notify");
    }
  }
  for (const v1::ReportedRecipient& recipient : start.success_recipients()) {
    if (!IsCleanText(recipient.forward_path(), kMostPath) ||
        !IsCleanText(recipient.original_recipient(), kMostOriginal)) {
      return Invalid("success_recipients: printable, at most 1,024 octets");
    }
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
