#include "smtp-gateway/session/message_filter.h"

#include <string>
#include <utility>

#include "mail/submission_header.h"
#include "smtp-gateway/filter/filters.h"
#include "smtp-gateway/filter/refusal.h"
#include "smtp-gateway/session/delivery_start.h"
#include "smtp-gateway/session/filtered_envelope.h"
#include "smtp-gateway/session/message_acceptance.h"

namespace posthorn::smtp {
namespace {

// first_mailboxes.cc of mailstore. Mail goes to INBOX where its owner has none of that name.
constexpr char kJunk[] = "Junk";

filter::Envelope EnvelopeOf(const Transaction& transaction) {
  filter::Envelope envelope;
  envelope.reverse_path = transaction.envelope.reverse_path();
  for (const Recipient& recipient : transaction.recipients) {
    envelope.recipients.push_back(recipient.address);
  }
  return envelope;
}

}  // namespace

filter::Client ClientOf(const Session& session) {
  const net::Endpoint& peer = session.stream().peer();
  filter::Client client;
  client.address = peer.address().to_string();
  client.is_v6 = peer.address().is_v6();
  client.port = peer.port();
  client.helo = session.hello().name;
  client.user = session.login() ? session.login()->address() : "";
  client.tls_version = session.stream().TlsVersion();
  client.tls_cipher = session.stream().TlsCipher();
  client.hostname = session.server().hostname;
  client.session_id = session.id();
  client.submission = session.port().role == Role::kSubmission;
  return client;
}

bool IsFiltered(const Session& session) {
  return session.server().filters != nullptr && session.port().role != Role::kLmtp;
}

absl::StatusOr<std::string> WithoutForgedResults(absl::string_view header,
                                                 absl::string_view hostname) {
  if (header.size() > mail::kMaxSubmissionHeader) {
    return absl::OutOfRangeError("the header is too long");
  }
  return mail::RemoveAuthenticationResults(header, hostname);
}

asio::awaitable<MessageReceiver::Filtered> FilterMessage(Session& session,
                                                         filter::HeldMessage& message) {
  Transaction& transaction = session.transaction();
  const filter::Client client = ClientOf(session);
  const filter::Envelope before = EnvelopeOf(transaction);
  filter::Envelope envelope = before;
  MessageReceiver::Filtered filtered;
  filtered.verdict =
      co_await session.server().filters->Run(client, envelope, message, session.milters().get());
  if (filtered.verdict.code == 0) {
    const absl::Status applied = co_await ApplyEnvelope(session, before, envelope);
    if (!applied.ok()) {
      // Who a recipient is that a filter has added is not known now.
      filtered.verdict = filter::Refusal(filter::Action::kTempfail, 451, "Try again later");
    } else if (transaction.recipients.empty()) {
      filtered.verdict.action = filter::Action::kDiscard;
    }
  }
  filtered.start = MakeDeliverStart(transaction);
  if (filtered.verdict.action == filter::Action::kJunk) {
    filtered.start.set_mailbox(kJunk);
  }
  if (filtered.verdict.suspicious && filtered.start.has_envelope()) {
    filtered.start.mutable_envelope()->set_suspicious(true);
  }
  filtered.trace = MakeTrace(session);
  co_return filtered;
}

}  // namespace posthorn::smtp
