#include "mailstore/outbound/tls_reporter.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "mail/tls_report.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/batch/transact.h"
#include "mailstore/outbound/clean_text.h"
#include "mailstore/outbound/original.h"
#include "mailstore/outbound/own_mail.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::minutes kEvery{10};
constexpr int kAtOnce = 100;
// RFC 8460 5.5: tried for a day.
constexpr int64_t kLifetimeSeconds = 86'400;

std::vector<mail::TlsPolicyResult> PoliciesOf(const std::vector<v1::TlsSessions>& sessions) {
  std::map<std::pair<std::string, std::string>, mail::TlsPolicyResult> policies;
  for (const v1::TlsSessions& one : sessions) {
    mail::TlsPolicyResult& policy = policies[{one.policy_type(), one.policy()}];
    policy.type = one.policy_type();
    policy.text = one.policy();
    policy.successful += one.successful();
    policy.failed += one.failed();
    if (one.failed() > 0) {
      policy.failures.push_back({.result_type = one.failure_type(),
                                 .sending_address = one.sending_ip(),
                                 .receiving_host = one.mx_host(),
                                 .receiving_address = one.receiving_ip(),
                                 .sessions = one.failed()});
    }
  }
  std::vector<mail::TlsPolicyResult> results;
  for (auto& [key, policy] : policies) {
    results.push_back(std::move(policy));
  }
  return results;
}

OwnMailReceivers ReceiversOf(Connection& connection, const DueTlsReport& due) {
  OwnMailReceivers receivers;
  for (const std::string& address : due.addresses) {
    if (IsHttpsUri(address)) {
      receivers.addresses.push_back(address);
    } else {
      FindReceivers(connection, address, &receivers);
    }
  }
  std::sort(receivers.accounts.begin(), receivers.accounts.end());
  receivers.accounts.erase(std::unique(receivers.accounts.begin(), receivers.accounts.end()),
                           receivers.accounts.end());
  return receivers;
}

// Null if there is nobody to be told.
std::unique_ptr<AddOp> MailOf(const DueTlsReport& due, const TakenTlsSessions& taken,
                              const OwnMailReceivers& receivers, const OwnMailContext& context) {
  const mail::TlsReport report{
      .submitter = context.keys.domain,
      .contact = absl::StrCat("postmaster@", context.keys.domain),
      .domain = due.domain,
      .report_id = absl::StrCat(absl::BytesToHexString(RandomOctets(16)), "@", context.keys.domain),
      .begins_at = taken.begins_at,
      .ends_at = taken.ends_at,
      .policies = PoliciesOf(taken.sessions)};
  std::vector<std::string> to = due.addresses;
  std::erase_if(to, IsHttpsUri);
  const std::string octets = mail::ComposeTlsReport(report, to, {taken.now, 0});
  OwnMail mail{.parts = {octets},
               .message_id_field = absl::StrCat("<", report.report_id, ">"),
               .lifetime_seconds = kLifetimeSeconds,
               .now = taken.now};
  mail.envelope.set_reverse_path(report.contact);
  mail.envelope.set_any_tls(true);
  return MakeOwnMail(mail, receivers, context);
}

}  // namespace

void TlsReporter::Start() {
  runtime_.SpawnBackground(runtime_.context(0).get_executor(), "tls reports",
                           Work(shared_from_this()));
}

asio::awaitable<void> TlsReporter::Work(std::shared_ptr<TlsReporter> self) {
  for (;;) {
    co_await runtime::Sleep(kEvery);
    const absl::StatusOr<uint64_t> sent = co_await self->Send(TlsReportScope::kSpread);
    if (!sent.ok()) {
      log::Warning("no reports of TLS", {{"reason", std::string(sent.status().message())}});
    }
  }
}

asio::awaitable<absl::StatusOr<uint64_t>> TlsReporter::Send(TlsReportScope scope) {
  if (!store_.options().queue.tls_reports) {
    co_return absl::FailedPreconditionError("reports of TLS are switched off");
  }
  uint64_t sent = 0;
  Round round{.more = true};
  while (round.more && !runtime_.Draining()) {
    auto send = [this, scope, after = round.last](Connection& connection) {
      return SendSome(connection, scope, after);
    };
    absl::StatusOr<Round> done = co_await store_.outbound().Run(std::move(send));
    if (!done.ok()) {
      co_return done.status();
    }
    round = *std::move(done);
    sent += round.sent;
  }
  co_return sent;
}

absl::StatusOr<TlsReporter::Round> TlsReporter::SendSome(Connection& connection,
                                                         TlsReportScope scope,
                                                         const DueTlsReport& after) {
  const std::vector<DueTlsReport> due = FindDueTlsReports(connection, scope, after, kAtOnce);
  Round round{.more = due.size() == kAtOnce};
  for (const DueTlsReport& report : due) {
    const absl::StatusOr<bool> sent = SendOne(connection, report);
    if (absl::IsFailedPrecondition(sent.status())) {
      return sent.status();
    }
    if (!sent.ok()) {
      log::Warning("a report of TLS is not sent",
                   {{"domain", report.domain}, {"reason", std::string(sent.status().message())}});
    }
    round.sent += sent.ok() && *sent ? 1 : 0;
    round.last = report;
  }
  return round;
}

absl::StatusOr<bool> TlsReporter::SendOne(Connection& connection, const DueTlsReport& due) {
  const auto rules = store_.sending_rules().Get(connection);
  const auto keys = store_.signer().Get(connection, store_.options().queue.hostname);
  // RFC 8460 3: a report without a signature is none.
  if (keys->keys.empty()) {
    return absl::FailedPreconditionError("no DKIM key signs for the domain of --hostname");
  }
  const OwnMailReceivers receivers = ReceiversOf(connection, due);
  Transaction transaction(connection);
  const std::optional<TakenTlsSessions> taken = TakeTlsSessions(transaction, due);
  if (!taken.has_value()) {
    return false;
  }
  auto add = MailOf(due, *taken, receivers, {store_.options().queue, *rules, *keys});
  Commit commit;
  if (add != nullptr) {
    Op op = std::move(*add);
    BatchMember member{&op, absl::OkStatus()};
    commit = TransactWithin(transaction, {&member, 1}, {.now = taken->now});
    if (!member.status.ok()) {
      return member.status;
    }
  }
  transaction.Commit();
  store_.Publish(commit);
  log::Info("report of TLS", {{"domain", due.domain}, {"receivers", due.addresses.size()}});
  return add != nullptr;
}

}  // namespace posthorn::store
