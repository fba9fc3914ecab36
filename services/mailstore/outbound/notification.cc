#include "mailstore/outbound/notification.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/queue_id.h"

namespace posthorn::store {

mail::ReportRecipient ReportOf(const std::string& forward_path,
                               const std::string& original_recipient, mail::ReportAction action) {
  return {
      .original_recipient = original_recipient, .final_recipient = forward_path, .action = action};
}

std::unique_ptr<AddOp> MakeNotification(const Notification& notification, const Original& original,
                                        const OwnMailContext& context) {
  const QueueOptions& options = context.options;
  const bool failed = std::any_of(
      notification.recipients.begin(), notification.recipients.end(),
      [](const mail::ReportRecipient& r) { return r.action == mail::ReportAction::kFailed; });
  // RFC 3461 4.3: RET=FULL is for failures.
  const bool whole = failed && !original.octets.empty();
  const mail::DeliveryReport report{
      .from = absl::StrCat("postmaster@", options.hostname),
      .to = notification.envelope->reverse_path(),
      .message_id = absl::StrCat(absl::BytesToHexString(RandomOctets(16)), "@", options.hostname),
      .date = {notification.now, 0},
      .reporting_mta = options.hostname,
      .envelope_id = notification.envelope->envelope_id(),
      .arrived_at = notification.arrived_at,
      .recipients = notification.recipients,
      .utf8 = notification.envelope->smtputf8(),
      .returned = whole ? mail::ReturnedContent::kWhole : mail::ReturnedContent::kHeader,
      .original_header = original.header,
      .original_content = original.content};
  const mail::ComposedReport composed = mail::ComposeDeliveryReport(report);
  const absl::string_view returned = whole ? absl::string_view(original.octets) : "";
  OwnMail mail{.parts = {composed.head, returned, composed.tail},
               .message_id_field = absl::StrCat("<", report.message_id, ">"),
               .lifetime_seconds = options.lifetime_seconds,
               .now = notification.now};
  mail.envelope.set_smtputf8(notification.envelope->smtputf8());
  // RFC 8689 5: it is protected as the message was.
  mail.envelope.set_require_tls(notification.envelope->require_tls());
  return MakeOwnMail(mail, original.sender, context);
}

std::unique_ptr<AddOp> HoldLocally(const AddOp& notification, const std::string& address) {
  auto add = std::make_unique<AddOp>();
  add->message = notification.message;
  add->internal_date = notification.internal_date;
  auto mail = notification.queued != nullptr ? std::make_shared<QueuedMail>(*notification.queued)
                                             : std::make_shared<QueuedMail>();
  if (notification.queued == nullptr) {
    mail->account = QueueAccountOf(RandomOctets(1));
    mail->lifetime_seconds = 86'400;
  }
  mail->recipients.push_back(
      {.forward_path = address, .notify = v1::NOTIFY_NEVER, .site = kLocalSite});
  add->queued = std::move(mail);
  return add;
}

}  // namespace posthorn::store
