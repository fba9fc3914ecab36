// What a SiteRun does at a site that is no server of mail: it takes reports of TLS by HTTPS.
#include <utility>

#include "absl/strings/str_cat.h"
#include "mail/tls_report.h"
#include "smtp-gateway/relay/relay_metrics.h"
#include "smtp-gateway/relay/site_run.h"

namespace posthorn::relay {
namespace {

constexpr size_t kMostOctets = 4 << 20;

asio::awaitable<absl::StatusOr<std::string>> ReadAll(client::Body& body) {
  std::string octets;
  while (true) {
    const auto piece = co_await body.Next();
    if (!piece.ok()) {
      co_return piece.status();
    }
    if (piece->empty()) {
      co_return octets;
    }
    octets.append(piece->data(), piece->size());
    if (octets.size() > kMostOctets) {
      co_return absl::InvalidArgumentError("it is too long for a report of TLS");
    }
  }
}

// RFC 8460 5.4 leaves open which responses are final: a report is tried for a day.
Verdict ByResponse(const std::string& host, const HttpResponse& response) {
  const std::string said = absl::StrCat(host, " answers ", response.status);
  if (response.status < 200 || response.status > 299) {
    return Deferred("4.4.0", said);
  }
  return {v1::AttemptResult::OUTCOME_DELIVERED, "2.0.0", said, /*remote_reply=*/true};
}

}  // namespace

asio::awaitable<void> SiteRun::Post(Batch batch) {
  Open(batch);
  const auto octets = co_await ReadAll(*batch.body);
  if (!octets.ok()) {
    SettleAll(batch, BrokenBody(octets.status()));
    co_return;
  }
  auto file = mail::TlsReportFile(*octets);
  if (!file.has_value()) {
    SettleAll(batch, Failed("5.6.0", "it is no report of TLS"));
    co_return;
  }
  last_host_ = report_url_->host;
  const auto response =
      co_await workers_.post(*report_url_, mail::kTlsReportType, *std::move(file));
  metrics::CountMessages(1);
  if (response.ok()) {
    SettleAll(batch, ByResponse(last_host_, *response));
    NoteSite(v1::FinishWorkRequest::SITE_GOOD, "");
    co_return;
  }
  const Verdict verdict =
      Deferred("4.4.1", absl::StrCat("the report cannot be posted: ", response.status().message()));
  SettleAll(batch, verdict);
  SettleRest(verdict);
  NoteSite(v1::FinishWorkRequest::SITE_DEAD, verdict.diagnostic);
  give_up_ = true;
}

}  // namespace posthorn::relay
