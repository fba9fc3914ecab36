#include "smtp-gateway/filter/filters.h"

#include <chrono>
#include <utility>

#include "common/log/log.h"
#include "smtp-gateway/filter/filter_failure.h"
#include "smtp-gateway/filter/header_editor.h"
#include "smtp-gateway/filter/refusal.h"
#include "smtp-gateway/filter/rspamd_verdict.h"

namespace posthorn::filter {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kRspamd[] = "rspamd";

}  // namespace

Filters::Filters(FilterOptions options)
    : options_(std::move(options)), space_(options_.spool_folder, options_.spool_octets) {}

asio::awaitable<Verdict> Filters::RunRspamd(const Client& client, const Envelope& envelope,
                                            HeldMessage& message) const {
  HeaderEditor header(message.header);
  if (message.size() > options_.largest) {
    metrics_.CountTooLarge(kRspamd);
    if (!client.submission) {
      MarkNotScanned(header);
      message.header = header.Finish();
    }
    co_return Verdict();
  }
  const auto began = Clock::now();
  const auto result = co_await AskRspamd(*options_.rspamd, client, envelope, message);
  if (!result.ok()) {
    co_return WithoutAnswer(kRspamd, options_.rspamd_fail, client, result.status(), metrics_);
  }
  const Verdict verdict = RspamdVerdict(*result, client.submission);
  metrics_.CountVerdict(kRspamd, NameOf(verdict.action), Clock::now() - began);
  log::Info("message filtered", {{"filter", kRspamd},
                                 {"session", client.session_id},
                                 {"score", result->score},
                                 {"action", result->action_name},
                                 {"verdict", NameOf(verdict.action)}});
  ApplyRspamdHeaders(*result, verdict, client.submission, header);
  message.header = header.Finish();
  co_return verdict;
}

std::unique_ptr<MilterChain> Filters::NewMilters() const {
  return options_.milters.empty() ? nullptr : std::make_unique<MilterChain>(options_, metrics_);
}

asio::awaitable<Verdict> Filters::Run(const Client& client, Envelope& envelope,
                                      HeldMessage& message, MilterChain* milters) const {
  Verdict verdict;
  if (options_.rspamd) {
    verdict = co_await RunRspamd(client, envelope, message);
  }
  if (milters != nullptr) {
    verdict = co_await milters->Message(client, envelope, message, std::move(verdict));
  }
  co_return verdict;
}

}  // namespace posthorn::filter
