#include "smtp-gateway/relay/tls_report.h"

namespace posthorn::relay {
namespace {

constexpr int kBatch = 1000;

}  // namespace

void TlsReport::Add(const v1::TlsSessions& session) {
  v1::TlsSessions kind = session;
  kind.clear_successful();
  kind.clear_failed();
  const std::string key = kind.SerializeAsString();
  const std::lock_guard lock(mutex_);
  const auto known = kinds_.find(key);
  if (known == kinds_.end() && kinds_.size() >= kMaxKinds) {
    return;
  }
  v1::TlsSessions& counted =
      known == kinds_.end() ? kinds_.emplace(key, kind).first->second : known->second;
  counted.set_successful(counted.successful() + session.successful());
  counted.set_failed(counted.failed() + session.failed());
}

v1::CountTlsSessionsRequest TlsReport::Take() {
  v1::CountTlsSessionsRequest request;
  const std::lock_guard lock(mutex_);
  while (!kinds_.empty() && request.sessions_size() < kBatch) {
    *request.add_sessions() = kinds_.begin()->second;
    kinds_.erase(kinds_.begin());
  }
  return request;
}

void TlsReport::GiveBack(const v1::CountTlsSessionsRequest& request) {
  for (const v1::TlsSessions& session : request.sessions()) {
    Add(session);
  }
}

}  // namespace posthorn::relay
