// What a worker holds of a site: the leases of its recipients, and for how long.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "posthorn/v1/outbound.pb.h"

namespace posthorn::relay {

class Leases {
 public:
  using Clock = std::chrono::steady_clock;

  // Known to hold until `certain_until`, by a clock that began before it was asked for.
  void Add(const v1::LeasedRecipient& recipient, Clock::time_point certain_until = {});
  // All of them end then unless they are prolonged.
  void HoldUntil(Clock::time_point until) { until_ = until; }
  // Settled: not ours any more.
  void Remove(uint64_t recipient_id);
  // All but those are lost, of what was asked for; those are known to hold until `certain_until`.
  void KeepOnly(const v1::RenewWorkRequest& asked, const v1::RenewWorkResponse& held,
                Clock::time_point certain_until = {});

  bool IsLost(uint64_t recipient_id, Clock::time_point now) const {
    return now >= until_ || !held_.contains(recipient_id);
  }
  // Not lost, and nobody else can have it. A claim may have waited long before it found something:
  // what is not certain may be held nevertheless.
  bool IsCertain(uint64_t recipient_id, Clock::time_point now) const {
    const auto found = held_.find(recipient_id);
    return found != held_.end() && now < until_ && now < found->second.certain_until;
  }
  std::vector<v1::Lease> All() const;
  static v1::Lease Of(const v1::LeasedRecipient& recipient);

 private:
  struct Held {
    v1::Lease lease;
    Clock::time_point certain_until;
  };

  std::map<uint64_t, Held> held_;
  Clock::time_point until_{};
};

}  // namespace posthorn::relay
