#include "mailstore/outbound/prepare.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "mail/srs.h"
#include "mailstore/directory/text_array.h"
#include "mailstore/outbound/claim_rows.h"
#include "mailstore/outbound/clean_text.h"
#include "mailstore/outbound/notification.h"
#include "mailstore/outbound/original.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/outbound/signer.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr size_t kMostMessageId = 998;
constexpr int64_t kDay = 86'400;

constexpr Statement kLocalDomains{"domain.which_are_local",
                                  "SELECT domain FROM domain WHERE domain = ANY ($1::text[])"};

struct Facts {
  std::shared_ptr<const SendingRules> rules;
  std::shared_ptr<const Signer::Keys> keys;
  std::vector<std::string> local_domains;  // of the domains asked for
};

// Which domains are ours matters to what may stay here, and to senders of forwarded mail.
std::vector<std::string> DomainsInQuestion(const v1::DeliverStart& start) {
  std::vector<std::string> domains;
  bool forwarded = false;
  for (const v1::OutboundRecipient& recipient : start.recipients()) {
    forwarded = forwarded || recipient.forwarded();
    if (recipient.forwarded() && !recipient.forwarded_by().empty()) {
      domains.push_back(DomainOf(recipient.forwarded_by()));
    }
    if (start.envelope().hold_seconds() > 0) {
      domains.push_back(DomainOf(recipient.forward_path()));
    }
  }
  if (forwarded && !start.envelope().reverse_path().empty()) {
    domains.push_back(DomainOf(start.envelope().reverse_path()));
  }
  return domains;
}

asio::awaitable<absl::StatusOr<Facts>> LoadFacts(Store& store, const v1::DeliverStart& start,
                                                 const std::string& author_domain) {
  const std::vector<std::string> domains = DomainsInQuestion(start);
  Facts facts{.rules = store.sending_rules().Peek(),
              .keys = author_domain.empty() ? std::make_shared<const Signer::Keys>()
                                            : store.signer().Peek(author_domain)};
  if (facts.rules != nullptr && facts.keys != nullptr && domains.empty()) {
    co_return facts;
  }
  auto load = [&store, &domains, &author_domain,
               facts](Connection& connection) mutable -> absl::StatusOr<Facts> {
    facts.rules = store.sending_rules().Get(connection);
    if (facts.keys == nullptr) {
      facts.keys = store.signer().Get(connection, author_domain);
    }
    facts.local_domains.clear();
    if (!domains.empty()) {
      for (const auto& row : connection.Exec(kLocalDomains, TextArray(domains))) {
        facts.local_domains.emplace_back(row[0].c_str());
      }
    }
    return facts;
  };
  co_return co_await store.reads().Run(std::move(load));
}

bool IsLocal(const Facts& facts, const std::string& domain) {
  return std::find(facts.local_domains.begin(), facts.local_domains.end(), domain) !=
         facts.local_domains.end();
}

// Mail that leaves under our address has its domain in the reverse-path, for SPF, or the oldest one
// here if that is none of ours. Where that cannot be (a sender whose name is too long) it goes as
// it came.
std::optional<std::string> Rewritten(const Facts& facts, const std::string& reverse_path,
                                     const std::string& forwarded_by) {
  const auto sender = mail::ParseMailboxAddress(reverse_path);
  const std::string forwarder = DomainOf(forwarded_by);
  const std::string& domain = IsLocal(facts, forwarder) ? forwarder : facts.rules->srs_domain;
  if (!sender.ok() || domain.empty() || IsLocal(facts, sender->domain)) {
    return std::nullopt;
  }
  const auto address = mail::SrsForward(*sender, domain, facts.rules->srs_keys,
                                        absl::ToUnixSeconds(absl::Now()) / kDay);
  return address.ok() ? std::optional(address->ToString()) : std::nullopt;
}

QueuedMail::Recipient Prepared(const Facts& facts, const v1::OutboundEnvelope& envelope,
                               const v1::OutboundRecipient& recipient) {
  QueuedMail::Recipient prepared{.forward_path = recipient.forward_path(),
                                 .original_recipient = recipient.original_recipient(),
                                 .notify = recipient.notify()};
  const std::string domain = DomainOf(recipient.forward_path());
  if (envelope.hold_seconds() > 0 && (domain.empty() || IsLocal(facts, domain))) {
    prepared.site = kLocalSite;
    return prepared;
  }
  prepared.site = facts.rules->SiteOf(recipient.forward_path(), envelope.reverse_path());
  if (recipient.forwarded() && !envelope.reverse_path().empty()) {
    prepared.reverse_path = Rewritten(facts, envelope.reverse_path(), recipient.forwarded_by());
  }
  return prepared;
}

// RFC 2852: in mode R it is returned when its time is over; a hold comes before (RFC 4865 4.1).
int64_t Lifetime(const v1::OutboundEnvelope& envelope, const QueueOptions& options) {
  if (envelope.deliver_by() == v1::DELIVER_BY_RETURN) {
    return envelope.deliver_by_seconds();
  }
  return options.lifetime_seconds + envelope.hold_seconds();
}

std::string MessageIdField(const StoredMessage& message) {
  v1::Envelope envelope;
  envelope.ParseFromString(message.envelope);
  return CleanText(envelope.message_id(), kMostMessageId);
}

}  // namespace

asio::awaitable<absl::StatusOr<std::shared_ptr<QueuedMail>>> PrepareQueued(
    Store& store, const v1::DeliverStart& start, const StoredMessage& message,
    const OutgoingScan::Learnt& learnt) {
  const v1::OutboundEnvelope& envelope = start.envelope();
  // Only what comes from users of ours: others sign for themselves.
  std::string author_domain;
  if (envelope.submitter_account_id() != 0 && !learnt.body_hash.empty()) {
    author_domain = AuthorDomain(message.envelope);
  }
  const absl::StatusOr<Facts> facts = co_await LoadFacts(store, start, author_domain);
  if (!facts.ok()) {
    co_return facts.status();
  }
  auto mail = std::make_shared<QueuedMail>();
  mail->account = QueueAccountOf(start.idempotency_key());
  mail->envelope = envelope;
  // RFC 8689 4.1: beside REQUIRETLS the field does not count.
  mail->envelope.set_tls_optional(learnt.tls_optional && !envelope.require_tls());
  mail->lifetime_seconds = Lifetime(envelope, store.options().queue);
  mail->content = static_cast<v1::BodyKind>(learnt.needs.body);
  mail->utf8_header = learnt.needs.eight_bit_header;
  mail->message_id_field = MessageIdField(message);
  for (const v1::OutboundRecipient& recipient : start.recipients()) {
    mail->recipients.push_back(Prepared(*facts, envelope, recipient));
  }
  const Signer::Keys& keys = *facts->keys;
  if (!keys.keys.empty() && IsWithin(DomainOf(envelope.reverse_path()), keys.domain)) {
    mail->signatures =
        SignWith(keys, learnt.header, learnt.body_hash, absl::ToUnixSeconds(absl::Now()));
  }
  co_return mail;
}

asio::awaitable<absl::StatusOr<std::unique_ptr<AddOp>>> PrepareSuccess(
    Store& store, const v1::DeliverStart& start, const OutgoingScan::Learnt& learnt) {
  const v1::OutboundEnvelope& envelope = start.envelope();
  if (envelope.reverse_path().empty() || envelope.suspicious()) {
    co_return nullptr;
  }
  Notification notification{.envelope = &envelope,
                            .arrived_at = absl::ToUnixSeconds(absl::Now()),
                            .now = absl::ToUnixSeconds(absl::Now())};
  for (const v1::ReportedRecipient& recipient : start.success_recipients()) {
    mail::ReportRecipient& report = notification.recipients.emplace_back(ReportOf(
        recipient.forward_path(), recipient.original_recipient(),
        recipient.expanded() ? mail::ReportAction::kExpanded : mail::ReportAction::kDelivered));
    report.status = "2.0.0";
  }
  auto make = [&](Connection& connection) -> absl::StatusOr<std::unique_ptr<AddOp>> {
    Original original{.header = learnt.header};
    FindReceivers(connection, envelope.reverse_path(), &original.sender);
    const QueueOptions& options = store.options().queue;
    const auto rules = store.sending_rules().Get(connection);
    const auto keys = store.signer().Get(connection, options.hostname);
    return MakeNotification(notification, original, {options, *rules, *keys});
  };
  co_return co_await store.reads().Run(std::move(make));
}

}  // namespace posthorn::store
