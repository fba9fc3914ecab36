#include "mailstore/outbound/own_mail.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/outbound/outgoing_scan.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/storage/body_writer.h"

namespace posthorn::store {
namespace {

std::shared_ptr<QueuedMail> ForQueue(const OwnMail& mail, const OutgoingScan::Learnt& learnt,
                                     const std::vector<std::string>& addresses,
                                     const OwnMailContext& context) {
  auto queued = std::make_shared<QueuedMail>();
  queued->account = QueueAccountOf(RandomOctets(1));
  queued->lifetime_seconds = mail.lifetime_seconds;
  queued->content = static_cast<v1::BodyKind>(learnt.needs.body);
  queued->utf8_header = learnt.needs.eight_bit_header;
  queued->message_id_field = mail.message_id_field;
  queued->envelope = mail.envelope;
  queued->envelope.set_body(queued->content);
  queued->signatures = SignWith(context.keys, learnt.header, learnt.body_hash, mail.now);
  for (const std::string& address : addresses) {
    queued->recipients.push_back(
        {.forward_path = address,
         .notify = v1::NOTIFY_NEVER,
         .site = context.rules.SiteOf(address, mail.envelope.reverse_path())});
  }
  return queued;
}

}  // namespace

std::unique_ptr<AddOp> MakeOwnMail(const OwnMail& mail, const OwnMailReceivers& receivers,
                                   const OwnMailContext& context) {
  if (receivers.accounts.empty() && receivers.addresses.empty()) {
    return nullptr;
  }
  BodyWriter writer;
  // RFC 5321 4.4: for mailboxes here; FetchQueued leaves it out.
  writer.Feed(absl::StrCat("Return-Path: <", mail.envelope.reverse_path(), ">\r\n"));
  OutgoingScan scan(/*hash=*/true);
  for (const absl::string_view part : mail.parts) {
    writer.Feed(part);
    scan.Feed(part);
  }
  auto add = std::make_unique<AddOp>();
  add->message = std::make_shared<const StoredMessage>(writer.Finish());
  add->internal_date = mail.now;
  add->may_overshoot = true;
  for (const AccountId account : receivers.accounts) {
    add->targets.push_back({{account, kInbox}, {}});
  }
  if (!receivers.addresses.empty()) {
    add->queued = ForQueue(mail, scan.Finish(), receivers.addresses, context);
  }
  return add;
}

}  // namespace posthorn::store
