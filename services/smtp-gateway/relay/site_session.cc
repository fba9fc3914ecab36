// The session that a SiteRun has with its site.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "smtp-gateway/relay/relay_metrics.h"
#include "smtp-gateway/relay/session_limits.h"
#include "smtp-gateway/relay/site_run.h"

namespace posthorn::relay {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

TlsDemand DemandOf(const v1::QueuedMessage& message) {
  const v1::OutboundEnvelope& envelope = message.envelope();
  // RFC 8689 4.2.1, 5: a notification goes to servers without REQUIRETLS, too.
  const bool required = envelope.require_tls() && !envelope.reverse_path().empty();
  return required                  ? TlsDemand::kRequired
         : envelope.any_tls()      ? TlsDemand::kUncounted
         : envelope.tls_optional() ? TlsDemand::kOptional
                                   : TlsDemand::kPolicy;
}

}  // namespace

// Whether one more message may go over the session that is there. A server may close at any time,
// and more so while it has nothing to do.
bool SiteRun::Usable() const {
  const uint64_t most = std::min(workers_.options.messages_per_connection,
                                 session_->extensions.most_messages.value_or(UINT64_MAX));
  return sent_ < most && !session_->connection->HasUnaskedInput() &&
         !session_->connection->stream().PeerHasLeft();
}

bool SiteRun::Suits(const Batch& batch) const {
  const TlsDemand demand = DemandOf(*batch.message);
  if (session_->below_policy && !IsOptional(demand)) {
    return false;
  }
  if (demand == TlsDemand::kRequired &&
      !(session_->may_require_tls && session_->extensions.require_tls)) {
    return false;
  }
  return RecipientsThatFit(*session_, batch.recipients) > 0;
}

// For the next run. False: there is none that may be of use.
bool SiteRun::KeepSession() {
  if (!session_.has_value() || give_up_ || !Usable()) {
    return false;
  }
  IdleSessions::Kept kept{&context_, *std::move(session_), sent_, reset_needed_};
  if (workers_.idle.Keep(key_, kept)) {
    session_.reset();
    return true;
  }
  session_ = std::move(kept.session);
  return false;
}

// No session is to be had. With `by_policy` mail may go that says TLS-Required: No.
void SiteRun::GiveUp(const Verdict& verdict, bool by_policy) {
  for (Batch& batch : std::exchange(batches_, {})) {
    if (by_policy && IsOptional(DemandOf(*batch.message))) {
      batches_.push_back(std::move(batch));
    } else {
      DropLost(batch);
      SettleAll(batch, verdict);
    }
  }
  last_ = true;
  give_up_ = batches_.empty();
}

// A session that the batch may use. Without one the batch is settled, and usually all others too.
asio::awaitable<bool> SiteRun::Connect(const Batch& batch) {
  const TlsDemand demand = DemandOf(*batch.message);
  if (session_.has_value()) {
    if (Usable() && Suits(batch)) {
      co_return true;
    }
    co_await Disconnect();
  }
  ConnectResult result = co_await FindSession(demand);
  last_host_ = result.host;
  last_address_ = result.address;
  last_tls_ = result.tls;
  if (result.session.has_value()) {
    session_ = std::move(result.session);
    reset_needed_ = false;
    sent_ = 0;
    metrics::AddOpenConnections(1);
    NoteSite(v1::FinishWorkRequest::SITE_GOOD, "");
    co_return true;
  }
  SettleAll(batch, result.verdict);
  if (demand != TlsDemand::kRequired) {
    NoteSite(result.site, result.verdict.diagnostic);
    GiveUp(result.verdict, demand == TlsDemand::kPolicy && result.by_policy);
  }
  co_return false;
}

// Goes on by itself when nobody waits for it any more; a session that it finds then is closed.
struct SiteRun::Search {
  explicit Search(const asio::any_io_executor& executor)
      : ended(executor, asio::steady_timer::time_point::max()) {}

  static asio::awaitable<void> Run(std::shared_ptr<Search> self, std::shared_ptr<SiteRun> run,
                                   TlsDemand demand) {
    const v1::Route* const route = run->route_.has_value() ? &*run->route_ : nullptr;
    self->result = co_await run->workers_.connector.Connect(run->site_, route, demand);
  }

  bool over = false;
  asio::steady_timer ended;  // cancelled when it is over, or a drain begins
  std::optional<ConnectResult> result;
};

asio::awaitable<ConnectResult> SiteRun::FindSession(TlsDemand demand) {
  const auto search = std::make_shared<Search>(context_.executor);
  const auto on_end = [search](const std::exception_ptr&) {
    search->over = true;
    search->ended.cancel();
  };
  asio::co_spawn(context_.executor, Search::Run(search, shared_from_this(), demand), on_end);
  search_ = search;
  while (!search->over && !workers_.draining()) {
    const auto [woken] = co_await search->ended.async_wait(kAwait);
    static_cast<void>(woken);
  }
  search_.reset();
  if (!search->over || !search->result.has_value()) {
    co_return ConnectResult{.verdict = Untried()};
  }
  co_return *std::move(search->result);
}

void SiteRun::OnDrain() {
  if (search_) {
    search_->ended.cancel();
  }
  if (in_transaction_ && !dot_permitted_) {
    const auto now = net::SteadyClock::now();
    session_->connection->stream().Drain(now, now);
  }
}

asio::awaitable<void> SiteRun::Disconnect() {
  if (session_.has_value()) {
    co_await session_->connection->Quit();
    session_.reset();
    metrics::AddOpenConnections(-1);
  }
}

}  // namespace posthorn::relay
