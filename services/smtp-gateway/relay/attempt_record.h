// What one search for a session has met: what is said of it if there is none, and what is counted
// for the reports of TLS.
#pragma once

#include <optional>
#include <string>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/client/hello.h"
#include "smtp-gateway/relay/session.h"
#include "smtp-gateway/relay/tls_policy.h"
#include "smtp-gateway/relay/tls_report.h"
#include "smtp-gateway/relay/verdict.h"

namespace posthorn::relay {

struct ConnectResult {
  std::optional<Session> session;
  // Without a session: what is said of all recipients, and where it came from.
  Verdict verdict;
  std::string host;
  std::string address;
  std::string tls;
  v1::FinishWorkRequest::SiteState site = v1::FinishWorkRequest::SITE_UNKNOWN;
  bool by_policy = false;  // TLS was not what it had to be
};

// The worse the news, the less they count: what is temporary goes before what is final, what was
// said by a host before what kept us from asking.
enum class Weight { kNothing, kNoAddress, kNotQualified, kNoDns, kUnreachable, kRefused, kTls };

class AttemptRecord {
 public:
  // `report` is null where TLS is not that of the domain's hosts: it is not counted.
  AttemptRecord(std::string site, TlsReport* report) : site_(std::move(site)), report_(report) {}

  // Where the search is now.
  void AtHost(const std::string& host);
  void AtAddress(const std::string& address);
  void ConnectedFrom(const std::string& local_address);
  void InTls(const std::string& tls) { tls_ = tls; }

  const std::string& site() const { return site_; }
  const std::string& host() const { return host_; }
  const std::string& address() const { return address_; }

  // What is said in the end, unless something of more weight was met.
  void Keep(Weight weight, Verdict verdict, v1::FinishWorkRequest::SiteState site);
  void KeepRefusal(const client::Refusal& refusal);
  // A TLS session under the policy, or one that failed (RFC 8460 4.3).
  void CountTls(const TlsPolicy& policy, const std::string& failure_type);

  // To be called once.
  ConnectResult Take() { return std::move(result_); }

 private:
  const std::string site_;
  TlsReport* const report_;
  std::string host_;
  std::string address_;
  std::string local_address_;
  std::string tls_;
  Weight weight_ = Weight::kNothing;
  ConnectResult result_;
};

}  // namespace posthorn::relay
