#include "smtp-gateway/session/message_acceptance.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/gateway/login.h"
#include "common/log/log.h"
#include "smtp-gateway/session/trace_header.h"

namespace posthorn::smtp {
namespace {

std::string MakeTrace(Session& session) {
  const Transaction& transaction = session.transaction();
  const net::IpAddress peer = session.stream().peer().address();
  const std::string peer_text = peer.to_string();
  const std::string tls_version = session.stream().TlsVersion();
  const std::string tls_cipher = session.stream().TlsCipher();
  Trace trace;
  trace.reverse_path = transaction.reverse_path;
  trace.helo = session.hello().name;
  trace.peer_address = peer_text;
  trace.peer_is_v6 = peer.is_v6();
  trace.hostname = session.server().hostname;
  trace.extended = session.hello().extended;
  trace.tls = session.stream().is_tls();
  trace.authenticated = session.login().has_value();
  trace.smtputf8 = transaction.smtputf8;
  trace.tls_version = tls_version;
  trace.tls_cipher = tls_cipher;
  trace.session_id = session.id();
  if (transaction.recipients.size() == 1) {
    trace.recipient = transaction.recipients.front().forward_path;
  }
  trace.unix_seconds = std::chrono::duration_cast<std::chrono::seconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
  return FormatTraceHeader(trace);
}

}  // namespace

std::unique_ptr<MessageReceiver> BeginMessage(Session& session) {
  const Transaction& transaction = session.transaction();
  std::vector<uint64_t> accounts;
  for (const Recipient& recipient : transaction.recipients) {
    accounts.insert(accounts.end(), recipient.account_ids.begin(), recipient.account_ids.end());
  }
  std::sort(accounts.begin(), accounts.end());
  accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
  v1::DeliverStart start;
  start.set_idempotency_key(gateway::NewIdempotencyKey());
  start.mutable_account_ids()->Add(accounts.begin(), accounts.end());
  start.set_session_id(session.id());
  const Server& server = session.server();
  return std::make_unique<MessageReceiver>(*server.store, server.limits, std::move(start),
                                           MakeTrace(session), transaction.declared_octets);
}

asio::awaitable<void> FinishMessage(Session& session, MessageReceiver& message) {
  const uint64_t recipients = session.transaction().recipients.size();
  const std::string reverse_path = session.transaction().reverse_path;
  const MessageReceiver::Outcome outcome = co_await message.Finish();
  const uint64_t octets = message.octets();
  if (outcome.refusal) {
    RefuseMessage(session, *outcome.refusal);
    co_return;
  }
  session.Send(250, "2.0.0", absl::StrCat("OK ", outcome.delivery_id));
  session.CountMessage(250);
  session.transaction().Reset();
  log::Info("message accepted", {{"session", session.id()},
                                 {"listener", session.port().name},
                                 {"from", reverse_path},
                                 {"recipients", recipients},
                                 {"octets", octets},
                                 {"delivery", outcome.delivery_id}});
}

void RefuseMessage(Session& session, const Reply& reply) {
  session.Send(reply);
  session.CountMessage(reply.code);
  log::Info("message refused", {{"session", session.id()},
                                {"listener", session.port().name},
                                {"from", session.transaction().reverse_path},
                                {"recipients", session.transaction().recipients.size()},
                                {"code", reply.code},
                                {"reason", reply.text}});
  session.transaction().Reset();
}

}  // namespace posthorn::smtp
