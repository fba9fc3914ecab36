#include "smtp-gateway/relay/leases.h"

#include <algorithm>

namespace posthorn::relay {

v1::Lease Leases::Of(const v1::LeasedRecipient& recipient) {
  v1::Lease lease;
  lease.set_recipient_id(recipient.recipient_id());
  lease.set_message_id(recipient.message_id());
  lease.set_lease_epoch(recipient.lease_epoch());
  return lease;
}

void Leases::Add(const v1::LeasedRecipient& recipient, Clock::time_point certain_until) {
  held_[recipient.recipient_id()] = {Of(recipient), certain_until};
}

void Leases::Remove(uint64_t recipient_id) { held_.erase(recipient_id); }

void Leases::KeepOnly(const v1::RenewWorkRequest& asked, const v1::RenewWorkResponse& held,
                      Clock::time_point certain_until) {
  const std::set<uint64_t> ids(held.recipient_ids().begin(), held.recipient_ids().end());
  for (const v1::Lease& lease : asked.leases()) {
    const auto found = held_.find(lease.recipient_id());
    if (found == held_.end()) {
      continue;  // settled meanwhile
    }
    if (ids.contains(lease.recipient_id())) {
      found->second.certain_until = std::max(found->second.certain_until, certain_until);
    } else {
      held_.erase(found);
    }
  }
}

std::vector<v1::Lease> Leases::All() const {
  std::vector<v1::Lease> all;
  for (const auto& [id, held] : held_) {
    all.push_back(held.lease);
  }
  return all;
}

}  // namespace posthorn::relay
