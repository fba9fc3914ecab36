// Notifications to senders (RFC 3461 6, RFC 3464) as operations of the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "mail/delivery_report.h"
#include "mailstore/batch/op.h"
#include "mailstore/outbound/original.h"
#include "mailstore/outbound/own_mail.h"

namespace posthorn::store {

// One notification: of one message, of one or more of its recipients.
struct Notification {
  const v1::OutboundEnvelope* envelope = nullptr;  // of the message
  int64_t arrived_at = 0;                          // Unix seconds
  int64_t now = 0;
  std::vector<mail::ReportRecipient> recipients;
};

// What is known of a recipient for its report; fields of the attempt are the caller's.
mail::ReportRecipient ReportOf(const std::string& forward_path,
                               const std::string& original_recipient, mail::ReportAction action);

// Adds it to the INBOX of accounts here, and queues it, with a null reverse-path, for addresses
// outside. Null if there is nobody.
std::unique_ptr<AddOp> MakeNotification(const Notification& notification, const Original& original,
                                        const OwnMailContext& context);

// The same message for the queue, to be put into INBOXes later: one of them cannot take it now.
std::unique_ptr<AddOp> HoldLocally(const AddOp& notification, const std::string& address);

}  // namespace posthorn::store
