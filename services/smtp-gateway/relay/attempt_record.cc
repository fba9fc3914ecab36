#include "smtp-gateway/relay/attempt_record.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/relay/relay_metrics.h"

namespace posthorn::relay {

void AttemptRecord::AtHost(const std::string& host) {
  host_ = host;
  AtAddress("");
}

void AttemptRecord::AtAddress(const std::string& address) {
  address_ = address;
  tls_.clear();
}

void AttemptRecord::ConnectedFrom(const std::string& local_address) {
  local_address_ = local_address;
  tls_.clear();
}

void AttemptRecord::Keep(Weight weight, Verdict verdict, v1::FinishWorkRequest::SiteState site) {
  if (weight >= weight_) {
    weight_ = weight;
    result_.verdict = std::move(verdict);
    result_.host = host_;
    result_.address = address_;
    result_.tls = tls_;
    result_.site = site;
    result_.by_policy = weight == Weight::kTls;
  }
}

// RFC 5321 4.2.4.2: a server that refuses to talk may be wrong only for now, and others may not be.
void AttemptRecord::KeepRefusal(const client::Refusal& refusal) {
  metrics::CountConnection("refused");
  if (refusal.reply.code == 0) {
    Keep(Weight::kRefused,
         Deferred("4.4.2", absl::StrCat(host_, " did not answer: ", refusal.status.message())),
         v1::FinishWorkRequest::SITE_DEAD);
    return;
  }
  Verdict verdict = ByReply(refusal.reply);
  verdict.outcome = v1::AttemptResult::OUTCOME_DEFERRED;
  verdict.status_code.front() = '4';
  Keep(Weight::kRefused, std::move(verdict),
       IsThrottling(refusal.reply) ? v1::FinishWorkRequest::SITE_THROTTLING
                                   : v1::FinishWorkRequest::SITE_DEAD);
}

void AttemptRecord::CountTls(const TlsPolicy& policy, const std::string& failure_type) {
  if (report_ == nullptr) {
    return;
  }
  v1::TlsSessions session;
  session.set_domain(site_);
  session.set_policy_type(policy.type);
  session.set_policy(policy.text);
  if (failure_type.empty()) {
    session.set_successful(1);  // of which a report tells the number only
  } else {
    session.set_mx_host(host_);
    session.set_receiving_ip(address_);
    session.set_sending_ip(local_address_);
    session.set_failure_type(failure_type);
    session.set_failed(1);
  }
  report_->Add(session);
}

}  // namespace posthorn::relay
