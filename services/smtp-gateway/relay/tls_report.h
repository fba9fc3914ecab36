// Counts TLS sessions for the reports of RFC 8460, and hands them to mailstore in batches.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "posthorn/v1/outbound.pb.h"

namespace posthorn::relay {

// Thread-safe.
class TlsReport {
 public:
  // Beyond so many kinds between two batches, further ones are not counted.
  static constexpr size_t kMaxKinds = 10'000;

  // `session` has a count of 1 in `successful` or `failed`.
  void Add(const v1::TlsSessions& session);
  // What was counted since the last call, at most 1,000 kinds; the rest stays.
  v1::CountTlsSessionsRequest Take();
  // Counts them again: they could not be handed on.
  void GiveBack(const v1::CountTlsSessionsRequest& request);

 private:
  std::mutex mutex_;
  std::map<std::string, v1::TlsSessions> kinds_;  // by all but the counts
};

}  // namespace posthorn::relay
