#include "smtp-gateway/relay/report_receivers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/relay/tlsrpt_record.h"

namespace posthorn::relay {
namespace {

constexpr std::chrono::hours kKnown{1};
constexpr std::chrono::minutes kUnknown{5};
constexpr std::chrono::seconds kPatience{10};
constexpr size_t kMostEntries = 10'000;

}  // namespace

asio::awaitable<std::vector<std::string>> ReportReceivers::Find(std::string domain) {
  const auto known = entries_.find(domain);
  if (known != entries_.end() && known->second.until > Clock::now()) {
    co_return known->second.addresses;
  }
  const auto texts = co_await dns::LookupTexts(resolver_, absl::StrCat("_smtp._tls.", domain));
  Entry entry{.until = Clock::now() + kUnknown};
  if (texts.ok()) {
    entry = {TlsReportAddresses(*texts), Clock::now() + kKnown};
  }
  if (entries_.size() >= kMostEntries) {
    entries_.clear();
  }
  entries_[domain] = entry;
  co_return entry.addresses;
}

asio::awaitable<ReportReceivers::Sorted> ReportReceivers::Sort(
    v1::CountTlsSessionsRequest counted) {
  const Clock::time_point until = Clock::now() + kPatience;
  std::map<std::string, std::vector<const v1::TlsSessions*>> by_domain;
  for (const v1::TlsSessions& sessions : counted.sessions()) {
    by_domain[sessions.domain()].push_back(&sessions);
  }
  Sorted sorted;
  for (const auto& [domain, all] : by_domain) {
    const bool late = Clock::now() > until;
    std::vector<std::string> addresses;
    if (!late) {
      addresses = co_await Find(domain);
    }
    if (!addresses.empty()) {
      v1::TlsReportReceiver& receiver = *sorted.wanted.add_receivers();
      receiver.set_domain(domain);
      receiver.mutable_addresses()->Add(addresses.begin(), addresses.end());
    }
    for (const v1::TlsSessions* const sessions : all) {
      if (late || !addresses.empty()) {
        *(late ? sorted.later : sorted.wanted).add_sessions() = *sessions;
      }
    }
  }
  co_return sorted;
}

}  // namespace posthorn::relay
