#include "smtp-gateway/relay/sts_cache.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace posthorn::relay {
namespace {

constexpr std::chrono::minutes kRecent{5};
constexpr size_t kMostEntries = 10'000;

std::optional<StsPolicyFound> Parsed(const std::string& text) {
  auto policy = ParseStsPolicy(text);
  if (!policy.ok()) {
    return std::nullopt;
  }
  return StsPolicyFound{*std::move(policy), text};
}

// Why there is no policy; the status is that of the file that should have it.
std::string FailureType(const absl::Status& status) {
  return status.ok()                       ? "sts-policy-invalid"
         : absl::IsUnauthenticated(status) ? "sts-webpki-invalid"
                                           : "sts-policy-fetch-error";
}

}  // namespace

std::optional<StsCache::Entry> StsCache::Recent(const std::string& domain) {
  const std::lock_guard lock(mutex_);
  const auto known = entries_.find(domain);
  if (known == entries_.end() || known->second.until <= Clock::now()) {
    return std::nullopt;
  }
  return known->second;
}

void StsCache::Remember(const std::string& domain, const StsLookup& lookup) {
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMostEntries) {
    entries_.clear();
  }
  entries_[domain] = {lookup, Clock::now() + kRecent};
}

asio::awaitable<StsLookup> StsCache::Find(std::string domain) {
  if (const auto recent = Recent(domain); recent.has_value()) {
    co_return recent->lookup;
  }
  StsLookup lookup = co_await Ask(domain);
  Remember(domain, lookup);
  co_return lookup;
}

// RFC 8461 3.3 and 5.1: a policy that is known holds until its end, whatever becomes of the record
// and of what it is fetched from; only another that was fetched takes its place.
asio::awaitable<StsLookup> StsCache::Ask(const std::string& domain) {
  const std::string record = absl::StrCat("_mta-sts.", domain);
  const auto texts = co_await dns::LookupTexts(resolver_, record);
  const std::optional<std::string> id = texts.ok() ? StsRecordId(*texts) : std::nullopt;
  const auto stored = co_await source_.GetStsPolicy(domain);
  const bool current = stored.ok() && id.has_value() && stored->id() == *id;
  StsLookup lookup;
  if (id.has_value() && !current) {
    lookup = co_await Fetch(domain, *id);
  }
  if (!lookup.found.has_value() && stored.ok()) {
    lookup.found = Parsed(stored->text());
  }
  co_return lookup;
}

asio::awaitable<StsLookup> StsCache::Fetch(const std::string& domain, const std::string& id) {
  const auto text = co_await HttpsGet(resolver_, tls_, options_, absl::StrCat("mta-sts.", domain),
                                      "/.well-known/mta-sts.txt");
  std::optional<StsPolicyFound> found = text.ok() ? Parsed(*text) : std::nullopt;
  if (!found.has_value()) {
    log::Info("no policy of MTA-STS",
              {{"domain", domain},
               {"reason", text.ok() ? "malformed" : std::string(text.status().message())}});
    co_return StsLookup{.failure_type = FailureType(text.status())};
  }
  v1::PutStsPolicyRequest request;
  request.set_domain(domain);
  request.mutable_policy()->set_id(id);
  request.mutable_policy()->set_text(*text);
  request.mutable_policy()->set_max_age_seconds(found->policy.max_age_seconds);
  const absl::Status kept = co_await source_.PutStsPolicy(request);
  if (!kept.ok()) {
    log::Warning("a policy of MTA-STS was not kept",
                 {{"domain", domain}, {"reason", std::string(kept.message())}});
  }
  co_return StsLookup{.found = std::move(found)};
}

}  // namespace posthorn::relay
