#include "smtp-gateway/session/message_acceptance.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/failpoint/failpoint.h"
#include "common/gateway/login.h"
#include "common/log/log.h"
#include "mail/submission_header.h"
#include "smtp-gateway/filter/filters.h"
#include "smtp-gateway/session/delivery_start.h"
#include "smtp-gateway/session/message_filter.h"
#include "smtp-gateway/session/trace_header.h"

namespace posthorn::smtp {
namespace {

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Filters write results of their own: nobody else may have.
MessageReceiver::HeaderEdit MakeResultsEdit(const Session& session) {
  return [hostname = session.server().hostname](absl::string_view header) {
    return WithoutForgedResults(header, hostname);
  };
}

// RFC 6409 8: what the user's program has left out is added.
MessageReceiver::HeaderEdit MakeHeaderEdit(const Session& session) {
  if (!session.login()) {
    return IsFiltered(session) ? MakeResultsEdit(session) : nullptr;
  }
  std::string message_id = absl::StrCat(gateway::NewSessionId(), "@", session.server().hostname);
  return [message_id = std::move(message_id),
          from = session.login()->address()](absl::string_view header) {
    mail::SubmissionDefaults defaults;
    defaults.date = {NowSeconds(), 0};
    defaults.message_id = message_id;
    defaults.from = from;
    return mail::CompleteSubmittedHeader(header, defaults);
  };
}

// RFC 2033 4.2: LMTP has a reply for each recipient that was accepted. Here they agree: a message
// is delivered to all or to none.
void SendFinal(Session& session, uint16_t code, std::string_view status, std::string_view text) {
  const bool lmtp = session.port().role == Role::kLmtp;
  const size_t replies = lmtp ? session.transaction().recipients.size() : 1;
  for (size_t i = 0; i < replies; ++i) {
    session.Send(code, status, text);
  }
}

}  // namespace

std::string MakeTrace(Session& session) {
  const Transaction& transaction = session.transaction();
  const net::IpAddress peer = session.stream().peer().address();
  const std::string peer_text = peer.to_string();
  const std::string tls_version = session.stream().TlsVersion();
  const std::string tls_cipher = session.stream().TlsCipher();
  Trace trace;
  trace.reverse_path = transaction.envelope.reverse_path();
  trace.helo = session.hello().name;
  trace.peer_address = peer_text;
  trace.peer_is_v6 = peer.is_v6();
  trace.hostname = session.server().hostname;
  trace.extended = session.hello().extended;
  trace.lmtp = session.port().role == Role::kLmtp;
  trace.tls = session.stream().is_tls();
  trace.authenticated = session.login().has_value();
  trace.smtputf8 = transaction.envelope.smtputf8();
  trace.tls_version = tls_version;
  trace.tls_cipher = tls_cipher;
  trace.session_id = session.id();
  trace.delivered =
      std::any_of(transaction.recipients.begin(), transaction.recipients.end(),
                  [](const Recipient& recipient) { return !recipient.account_ids.empty(); });
  if (transaction.recipients.size() == 1) {
    trace.recipient = transaction.recipients.front().forward_path;
  }
  trace.unix_seconds = NowSeconds();
  return FormatTraceHeader(trace);
}

std::unique_ptr<MessageReceiver> BeginMessage(Session& session) {
  const Transaction& transaction = session.transaction();
  v1::DeliverStart start = MakeDeliverStart(transaction);
  start.set_idempotency_key(gateway::NewIdempotencyKey());
  start.set_session_id(session.id());
  const Server& server = session.server();
  auto message = std::make_unique<MessageReceiver>(*server.store, server.limits, std::move(start),
                                                   MakeTrace(session), transaction.declared_octets,
                                                   MakeHeaderEdit(session));
  if (IsFiltered(session)) {
    message->HoldFor(server.filters->space(), [&session](filter::HeldMessage& held) {
      return FilterMessage(session, held);
    });
  }
  return message;
}

asio::awaitable<void> FinishMessage(Session& session, MessageReceiver& message) {
  const uint64_t recipients = session.transaction().recipients.size();
  const std::string reverse_path = session.transaction().envelope.reverse_path();
  co_await failpoint::Halt(failpoint::Point::kGatewayAcceptReceived);
  const MessageReceiver::Outcome outcome = co_await message.Finish();
  const uint64_t octets = message.octets();
  if (outcome.refusal) {
    RefuseMessage(session, message, Replies::kFinal);
    co_return;
  }
  co_await failpoint::Halt(failpoint::Point::kGatewayAcceptStored);
  SendFinal(session, 250, "2.0.0", absl::StrCat("OK ", outcome.delivery_id));
  session.CountMessage(250);
  session.transaction().Reset();
  log::Info("message accepted", {{"session", session.id()},
                                 {"listener", session.port().name},
                                 {"from", reverse_path},
                                 {"recipients", recipients},
                                 {"octets", octets},
                                 {"delivery", outcome.delivery_id}});
  if (failpoint::Armed() && co_await session.Flush()) {
    (co_await failpoint::Pass(failpoint::Point::kGatewayAcceptReplied)).IgnoreError();
  }
}

void RefuseMessage(Session& session, const MessageReceiver& message, Replies replies) {
  const Reply reply = *message.refusal();
  if (replies == Replies::kFinal) {
    SendFinal(session, reply.code, reply.status, reply.text);
  } else {
    session.Send(reply);
  }
  session.CountMessage(reply.code);
  if (message.reason() == v1::ErrorDetail::REASON_SENDING_LIMIT) {
    session.server().metrics->CountSendingLimit();
  }
  log::Info("message refused", {{"session", session.id()},
                                {"listener", session.port().name},
                                {"from", session.transaction().envelope.reverse_path()},
                                {"recipients", session.transaction().recipients.size()},
                                {"code", reply.code},
                                {"reason", reply.text}});
  if (reply.code == 421) {  // of a filter
    session.Close();
  }
  session.transaction().Reset();
}

}  // namespace posthorn::smtp
