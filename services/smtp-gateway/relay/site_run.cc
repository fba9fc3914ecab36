#include "smtp-gateway/relay/site_run.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <utility>

#include "common/failpoint/failpoint.h"
#include "common/log/log.h"
#include "common/runtime/runtime.h"
#include "smtp-gateway/client/envelope.h"
#include "smtp-gateway/relay/carried_message.h"
#include "smtp-gateway/relay/dot_permit.h"
#include "smtp-gateway/relay/downgraded_body.h"
#include "smtp-gateway/relay/relay_metrics.h"
#include "smtp-gateway/relay/session_limits.h"

namespace posthorn::relay {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Of a lease, so that it never ends here later than in the database.
std::chrono::milliseconds MarginOf(std::chrono::milliseconds lease) { return lease / 12; }

std::chrono::milliseconds LeaseOf(const v1::Slot& slot) {
  return std::chrono::milliseconds(slot.lease_milliseconds());
}

bool AnyUtf8(const std::string& reverse_path, const std::vector<v1::LeasedRecipient>& recipients) {
  return client::NeedsUtf8(reverse_path) ||
         std::any_of(recipients.begin(), recipients.end(), [](const v1::LeasedRecipient& r) {
           return client::NeedsUtf8(r.forward_path());
         });
}

// RFC 2852 4.1: what is left of the time, when the message goes on.
int64_t DeliverBySecondsLeft(const v1::QueuedMessage& message) {
  const int64_t now = std::chrono::duration_cast<std::chrono::seconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  return message.envelope().deliver_by_seconds() - (now - message.created_at_unix_seconds());
}

}  // namespace

SiteRun::SiteRun(const Workers& workers, WorkerContext& context, v1::Work work,
                 Leases::Clock::time_point asked_at, std::unique_ptr<IdleSessions::Kept> kept)
    : workers_(workers),
      context_(context),
      site_(work.slot().site()),
      report_url_(ParseHttpsUrl(site_)),
      key_(IdleSessions::KeyOf(work)),
      renew_every_(std::min(workers.options.renew_every, LeaseOf(work.slot()) / 3)),
      renewal_(context.executor, renew_every_),
      drain_(context.drain, [this] { OnDrain(); }) {
  if (work.has_route()) {
    route_ = work.route();
  }
  if (kept) {
    session_ = std::move(kept->session);
    sent_ = kept->sent;
    reset_needed_ = kept->reset_needed;
  }
  Add(std::move(work), asked_at);
}

SiteRun::~SiteRun() = default;

// Recipients of one message stand together; they are one transaction as far as their reverse-path
// is the same.
void SiteRun::Add(v1::Work work, Leases::Clock::time_point asked_at) {
  slot_ = work.slot();
  slot_held_ = true;
  const auto lease = LeaseOf(work.slot());
  if (batches_.empty()) {
    // Else some are older, and only a renewal prolongs them.
    leases_.HoldUntil(Leases::Clock::now() + lease - MarginOf(lease));
  }
  std::map<uint64_t, std::shared_ptr<const v1::QueuedMessage>> messages;
  for (v1::QueuedMessage& message : *work.mutable_messages()) {
    const uint64_t id = message.message_id();
    messages[id] = std::make_shared<const v1::QueuedMessage>(std::move(message));
  }
  for (const v1::LeasedRecipient& recipient : work.recipients()) {
    leases_.Add(recipient, asked_at + lease - MarginOf(lease));
    const auto& message = messages[recipient.message_id()];
    if (!message) {
      Settle(recipient, Untried());
      continue;
    }
    const bool joins = !batches_.empty() && batches_.back().message == message &&
                       batches_.back().reverse_path == recipient.reverse_path() &&
                       batches_.back().recipients.size() < workers_.options.recipients_per_message;
    if (!joins) {
      batches_.push_back({message, recipient.reverse_path(), {}, nullptr, false});
    }
    batches_.back().recipients.push_back(recipient);
  }
}

bool SiteRun::Stopping() const { return workers_.draining() || give_up_ || slot_lost_; }

asio::awaitable<void> SiteRun::Run() {
  asio::co_spawn(context_.executor, RenewLoop(shared_from_this()), asio::detached);
  co_await failpoint::Halt(failpoint::Point::kRelayClaimReceived);
  do {
    co_await SendAll();
    const uint32_t more = Stopping() || last_ ? 0 : workers_.options.recipients;
    co_await Finish(more);
  } while (!batches_.empty());
  if (slot_held_) {
    co_await Finish(0);
  }
  if (!KeepSession()) {
    co_await Disconnect();
  }
  ended_ = true;
  renewal_.cancel();
}

asio::awaitable<void> SiteRun::SendAll() {
  while (!batches_.empty()) {
    if (Stopping()) {
      SettleRest(Untried());
      break;
    }
    co_await SendNext();
    const bool due = Leases::Clock::now() - settled_at_ >= workers_.options.settle_every;
    if (due && slot_held_ && results_.results_size() > 0 && !batches_.empty() && !last_ &&
        !Stopping()) {
      // As many as go, come: a slot without recipients would be taken back.
      co_await Finish(static_cast<uint32_t>(results_.results_size()));
    }
  }
}

// What is lost is somebody else's: not even a result is due.
void SiteRun::DropLost(Batch& batch) {
  const auto now = Leases::Clock::now();
  const size_t before = batch.recipients.size();
  std::erase_if(batch.recipients, [&](const v1::LeasedRecipient& recipient) {
    return leases_.IsLost(recipient.recipient_id(), now);
  });
  if (batch.recipients.size() < before) {
    metrics::CountLostLease();
  }
}

asio::awaitable<void> SiteRun::SendNext() {
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  DropLost(batch);
  if (batch.recipients.empty()) {
    co_return;
  }
  if (report_url_.has_value()) {
    co_await Post(std::move(batch));
    co_return;
  }
  const bool ready = co_await Connect(batch);
  if (ready) {
    co_await Send(std::move(batch));
  }
}

std::optional<client::Transaction> SiteRun::Prepare(Batch& batch) {
  const client::Extensions& extensions = session_->extensions;
  const client::Sender sender{*batch.message, batch.reverse_path};
  const bool utf8_address = AnyUtf8(batch.reverse_path, batch.recipients);
  const client::Obstacle obstacle = client::FindObstacle(sender, utf8_address, extensions);
  if (!obstacle.status_code.empty()) {
    SettleAll(batch, Failed(obstacle.status_code, obstacle.reason));
    return std::nullopt;
  }
  const auto mail =
      client::MailCommand(sender, utf8_address, DeliverBySecondsLeft(*batch.message), extensions);
  if (!mail.ok()) {
    SettleAll(batch, Failed("5.1.7", mail.status().message()));
    return std::nullopt;
  }
  client::Transaction transaction;
  transaction.mail = *mail;
  std::erase_if(batch.recipients, [&](const v1::LeasedRecipient& recipient) {
    const auto rcpt =
        client::RcptCommand(recipient, client::UsesUtf8(sender, utf8_address), extensions);
    if (!rcpt.ok()) {
      Settle(recipient, Failed("5.1.3", rcpt.status().message()));
      return true;
    }
    transaction.recipients.push_back(*rcpt);
    return false;
  });
  transaction.pipelining = extensions.pipelining;
  transaction.chunking = extensions.chunking;
  transaction.lmtp = session_->lmtp;
  transaction.reset = reset_needed_;
  return transaction.recipients.empty() ? std::nullopt : std::optional(std::move(transaction));
}

void SiteRun::Open(Batch& batch) {
  if (batch.body != nullptr) {
    return;
  }
  if (!batch.message->octets().empty()) {
    batch.body = OpenCarried(batch.message);
  } else {
    batch.body = workers_.source.Open(context_.executor, batch.message->message_id());
  }
}

// The next message is on its way here while this one is on its way out.
void SiteRun::Prefetch() {
  if (!batches_.empty()) {
    Open(batches_.front());
  }
}

// The body as it goes out. False: the batch is settled, since there is none.
asio::awaitable<bool> SiteRun::Fetch(Batch& batch) {
  const uint64_t id = batch.message->message_id();
  if (!client::NeedsDowngrade(*batch.message, session_->extensions)) {
    Open(batch);
    co_return true;
  }
  auto body = co_await Downgrade(workers_.source, context_.executor, id);
  if (body.ok()) {
    batch.body = *std::move(body);
    co_return true;
  }
  const Verdict verdict = BrokenBody(body.status());
  SettleAll(batch, verdict);
  co_return false;
}

asio::awaitable<void> SiteRun::Send(Batch batch) {
  const size_t fit = RecipientsThatFit(*session_, batch.recipients);
  if (batch.recipients.size() > fit) {
    const auto rest = batch.recipients.begin() + static_cast<std::ptrdiff_t>(fit);
    batches_.push_front(
        {batch.message, batch.reverse_path, {rest, batch.recipients.end()}, nullptr, false});
    batch.recipients.erase(rest, batch.recipients.end());
  }
  NoteDomains(*session_, batch.recipients);
  const std::optional<client::Transaction> transaction = Prepare(batch);
  if (!transaction.has_value()) {
    co_return;
  }
  if (!co_await Fetch(batch)) {
    co_return;
  }
  if (workers_.draining()) {
    SettleAll(batch, Untried());
    co_return;
  }
  Prefetch();
  std::vector<v1::Lease> leases;
  for (const v1::LeasedRecipient& recipient : batch.recipients) {
    leases.push_back(Leases::Of(recipient));
  }
  std::unique_ptr<client::EndPermit> held =
      batch.message->octets().empty() ? context_.notes.PermitFor(std::move(leases))
                                      : PermitWhileHeld(leases_, context_.notes, std::move(leases));
  DotPermit permit(std::move(held), workers_.draining, dot_permitted_);
  co_await failpoint::Halt(failpoint::Point::kRelayTalkConnected);
  in_transaction_ = true;
  dot_permitted_ = false;
  const client::TransactionResult result =
      co_await client::RunTransaction(*session_->connection, *transaction, *batch.body, permit);
  in_transaction_ = false;
  co_await failpoint::Halt(failpoint::Point::kRelayTalkReplied);
  if (WorthAnotherConnection(batch, result)) {
    batch.again = true;
    batch.body.reset();
    batches_.push_front(std::move(batch));
  } else {
    Judge(batch, result);
  }
  ++sent_;
  metrics::CountMessages(1);
  if (result.broken == client::Broken::kBody && absl::IsUnavailable(result.error)) {
    SettleRest(Untried());
    give_up_ = true;
    co_await runtime::Sleep(workers_.options.retry_after);
  }
  reset_needed_ = result.reset_needed;
  if (!result.connection_usable) {
    session_->connection->stream().Close();
    session_.reset();
    metrics::AddOpenConnections(-1);
  }
}

// Servers end connections after some messages as they like. What has not begun then goes over the
// next one, once.
bool SiteRun::WorthAnotherConnection(const Batch& batch,
                                     const client::TransactionResult& result) const {
  return !batch.again && sent_ > 0 && result.broken == client::Broken::kConnection &&
         !result.end_sent &&
         std::all_of(result.replies.begin(), result.replies.end(),
                     [](const auto& reply) { return !reply.has_value() || reply->code == 421; });
}

asio::awaitable<void> SiteRun::RenewLoop(std::shared_ptr<SiteRun> self) {
  while (!self->ended_) {
    const auto [cancelled] = co_await self->renewal_.async_wait(kAwait);
    if (!cancelled && !self->ended_) {
      co_await self->Renew();
      self->renewal_.expires_after(self->renew_every_);
    }
  }
}

asio::awaitable<void> SiteRun::Renew() {
  v1::RenewWorkRequest request;
  request.set_worker_id(workers_.options.worker_id);
  const bool with_slot = slot_held_;
  if (with_slot) {
    *request.mutable_slot() = slot_;
  }
  for (const v1::Lease& lease : leases_.All()) {
    *request.add_leases() = lease;
  }
  const auto asked_at = Leases::Clock::now();
  const auto held = co_await workers_.source.Renew(request);
  if (!held.ok()) {
    log::Warning("leases not renewed",
                 {{"site", site_}, {"reason", std::string(held.status().message())}});
    co_return;  // they end by themselves
  }
  const auto until = asked_at + LeaseOf(slot_) - MarginOf(LeaseOf(slot_));
  leases_.KeepOnly(request, *held, until);
  leases_.HoldUntil(until);
  slot_lost_ = slot_lost_ || (with_slot && slot_held_ && !held->slot_held());
}

}  // namespace posthorn::relay
