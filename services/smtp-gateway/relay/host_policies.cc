#include "smtp-gateway/relay/host_policies.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace posthorn::relay {

TlsPolicy HostPolicies::WithoutTlsa(const Host& host, bool secure) const {
  TlsPolicy policy;
  policy.name_is_trusted = secure;
  if (!host.literal.has_value()) {
    policy.server_name = host.name;
    policy.names = {host.name};
  }
  if (sts_.has_value() && sts_->policy.mode != StsPolicyText::Mode::kNone) {
    policy.type = "sts";
    policy.text = sts_->text;
    policy.name_is_trusted = policy.name_is_trusted || sts_->policy.Matches(host.name);
    if (sts_->policy.mode == StsPolicyText::Mode::kEnforce) {
      policy.level = TlsPolicy::Level::kVerified;
    }
  }
  return policy;
}

// Nothing if there are no records, or they are not known: `unmet` then.
asio::awaitable<std::optional<TlsPolicy>> HostPolicies::ByTlsa(const Host& host,
                                                               const dns::AddressLookup& lookup,
                                                               bool& unmet) {
  const auto tlsa = co_await dns::LookupTlsa(resolver_, lookup.tlsa_bases, host.port);
  if (tlsa.outcome == dns::Outcome::kData) {
    co_return PolicyOfTlsa(host.name, record_.site(), tlsa.base, tlsa.records);
  }
  if (tlsa.outcome == dns::Outcome::kFailed) {
    unmet = true;
    record_.CountTls(PolicyOfTlsa(host.name, record_.site(), host.name, {}), "dnssec-invalid");
    record_.Keep(Weight::kTls,
                 Deferred("4.7.5", absl::StrCat("the TLSA records of ", host.name,
                                                " are not known: ", tlsa.reason)),
                 v1::FinishWorkRequest::SITE_UNKNOWN);
  }
  co_return std::nullopt;
}

asio::awaitable<void> HostPolicies::FindSts() {
  StsLookup lookup = co_await sts_policies_->Find(record_.site());
  sts_ = std::move(lookup.found);
  if (!lookup.failure_type.empty()) {
    TlsPolicy policy;
    policy.type = "sts";
    policy.text = sts_.has_value() ? sts_->text : "";
    record_.CountTls(policy, lookup.failure_type);
  }
}

asio::awaitable<TlsPolicy> HostPolicies::BySts(const Host& host, bool secure, bool& unmet) {
  if (sts_policies_ != nullptr && !host.literal.has_value() && !std::exchange(sts_asked_, true)) {
    co_await FindSts();
  }
  TlsPolicy policy = WithoutTlsa(host, secure);
  if (policy.type == "sts" && !sts_->policy.Matches(host.name)) {
    record_.CountTls(policy, "validation-failure");
    if (policy.mandatory()) {
      unmet = true;
      record_.Keep(Weight::kTls,
                   Deferred("4.7.5", absl::StrCat("the policy of ", record_.site(),
                                                  " (MTA-STS) does not allow ", host.name)),
                   v1::FinishWorkRequest::SITE_UNKNOWN);
    }
  }
  co_return policy;
}

asio::awaitable<std::optional<TlsPolicy>> HostPolicies::Of(const Host& host, bool secure,
                                                           const dns::AddressLookup& lookup) {
  if (route_ != nullptr) {
    co_return PolicyOfRoute(*route_);
  }
  bool unmet = false;
  std::optional<TlsPolicy> policy;
  if (secure && !lookup.tlsa_bases.empty()) {
    policy = co_await ByTlsa(host, lookup, unmet);
  }
  // DANE goes before MTA-STS (RFC 8461 2).
  if (!policy.has_value() && (!unmet || optional_)) {
    policy = co_await BySts(host, secure, unmet);
  }
  if (unmet && !optional_) {
    co_return std::nullopt;
  }
  policy->optional = optional_;
  policy->unmet = unmet;
  co_return policy;
}

}  // namespace posthorn::relay
