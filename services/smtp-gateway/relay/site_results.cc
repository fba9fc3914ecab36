// What a SiteRun says of its recipients, and how that is written.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/failpoint/failpoint.h"
#include "common/log/log.h"
#include "common/runtime/runtime.h"
#include "smtp-gateway/relay/relay_metrics.h"
#include "smtp-gateway/relay/site_run.h"

namespace posthorn::relay {
namespace {

// Results that cannot be written are lost, and what was delivered is delivered again: tried for as
// long as there is hope.
constexpr std::chrono::minutes kKeepTrying{10};
constexpr std::chrono::milliseconds kLongestPause{5000};

// Of recipients that no reply was for.
Verdict WithoutReply(const client::TransactionResult& result, bool draining) {
  const std::string reason(result.error.message());
  switch (result.broken) {
    case client::Broken::kContent:
      return Failed("5.6.3", absl::StrCat("the message cannot be sent by DATA: ", reason));
    case client::Broken::kBody:
      return BrokenBody(result.error);
    case client::Broken::kPermit:
      return Untried();
    default:
      break;
  }
  if (draining && !result.end_sent) {
    return Untried();
  }
  if (result.end_sent) {
    return Deferred("4.4.2", absl::StrCat("the connection was lost after the end of the message, "
                                          "which may have been delivered: ",
                                          reason));
  }
  return Deferred("4.4.2", absl::StrCat("the connection was lost: ", reason));
}

}  // namespace

void SiteRun::Settle(const v1::LeasedRecipient& recipient, const Verdict& verdict) {
  v1::AttemptResult& result = *results_.add_results();
  *result.mutable_lease() = Leases::Of(recipient);
  result.set_outcome(verdict.outcome);
  result.set_status_code(verdict.status_code);
  result.set_diagnostic(verdict.diagnostic);
  result.set_remote_reply(verdict.remote_reply);
  if (session_.has_value()) {
    result.set_remote_mta(session_->host);
    result.set_remote_address(session_->address);
    result.set_tls(session_->tls);
    result.set_dsn_passed_on(session_->extensions.dsn);
  } else {
    result.set_remote_mta(last_host_);
    result.set_remote_address(last_address_);
    result.set_tls(last_tls_);
  }
  metrics::CountAttempt(verdict.outcome);
}

void SiteRun::SettleAll(const Batch& batch, const Verdict& verdict) {
  for (const v1::LeasedRecipient& recipient : batch.recipients) {
    Settle(recipient, verdict);
  }
}

void SiteRun::SettleRest(const Verdict& verdict) {
  for (Batch& batch : batches_) {
    DropLost(batch);
    SettleAll(batch, verdict);
  }
  batches_.clear();
}

void SiteRun::NoteSite(v1::FinishWorkRequest::SiteState state, const std::string& diagnostic) {
  // The worst news count: GOOD < DEAD < THROTTLING.
  if (state > results_.site()) {
    results_.set_site(state);
    results_.set_site_diagnostic(diagnostic);
  }
}

void SiteRun::Judge(const Batch& batch, const client::TransactionResult& result) {
  const Verdict without = WithoutReply(result, workers_.draining());
  if (result.broken == client::Broken::kPermit && !workers_.draining()) {
    metrics::CountLostLease();
  }
  for (size_t i = 0; i < batch.recipients.size(); ++i) {
    const auto& reply = result.replies[i];
    Settle(batch.recipients[i], reply.has_value() ? ByReply(*reply) : without);
    if (!reply.has_value() || !IsThrottling(*reply)) {
      continue;
    }
    NoteSite(v1::FinishWorkRequest::SITE_THROTTLING, reply->Text());
    // A server that ends a connection after some messages takes them over the next one; one that
    // does not take the first has enough for now.
    if (reply->code == 421 && sent_ == 0 && !give_up_) {
      give_up_ = true;
      SettleRest(ByReply(*reply));
    }
  }
}

v1::FinishWorkRequest SiteRun::TakeResults(uint32_t more) {
  v1::FinishWorkRequest request = std::exchange(results_, {});
  request.set_worker_id(workers_.options.worker_id);
  *request.mutable_slot() = slot_;
  request.set_more_recipients(more);
  return request;
}

void SiteRun::TakeResponse(const v1::FinishWorkRequest& request, v1::FinishWorkResponse response,
                           Leases::Clock::time_point asked_at) {
  for (const v1::AttemptResult& result : request.results()) {
    leases_.Remove(result.lease().recipient_id());
  }
  if (response.fenced_recipient_ids_size() > 0) {
    log::Warning("results came too late",
                 {{"site", site_}, {"recipients", response.fenced_recipient_ids_size()}});
  }
  slot_held_ = request.more_recipients() > 0 && response.work().has_slot();
  if (slot_held_) {
    Add(std::move(*response.mutable_work()), asked_at);
  }
}

asio::awaitable<void> SiteRun::Finish(uint32_t more) {
  if (!slot_held_ && results_.results_size() == 0) {
    co_return;
  }
  const v1::FinishWorkRequest request = TakeResults(slot_held_ ? more : 0);
  co_await failpoint::Halt(failpoint::Point::kRelaySettleAsked);
  const auto give_up_at = Leases::Clock::now() + kKeepTrying;
  auto pause = workers_.options.retry_after;
  while (true) {
    const auto asked_at = Leases::Clock::now();
    auto response = co_await workers_.source.Finish(request);
    settled_at_ = Leases::Clock::now();
    if (response.ok()) {
      co_await failpoint::Halt(failpoint::Point::kRelaySettleAnswered);
      TakeResponse(request, *std::move(response), asked_at);
      co_return;
    }
    const bool hopeless = absl::IsInvalidArgument(response.status()) ||
                          absl::IsPermissionDenied(response.status()) ||
                          absl::IsUnimplemented(response.status());
    log::Error("results not written", {{"site", site_},
                                       {"results", request.results_size()},
                                       {"reason", std::string(response.status().message())}});
    if (hopeless || settled_at_ >= give_up_at) {
      TakeResponse(request, {}, asked_at);
      co_return;
    }
    co_await runtime::Sleep(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace posthorn::relay
