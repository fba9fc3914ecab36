// Messages whose octets came with their claim: nothing has to be fetched, and nothing noted.
#pragma once

#include <memory>
#include <vector>

#include "smtp-gateway/relay/data_sent_notes.h"
#include "smtp-gateway/relay/leases.h"

namespace posthorn::relay {

std::unique_ptr<client::Body> OpenCarried(std::shared_ptr<const v1::QueuedMessage> message);

// Given as long as the leases are known to hold, by our own clock; else `notes` are asked. Both
// must outlive it.
std::unique_ptr<client::EndPermit> PermitWhileHeld(const Leases& held, DataSentNotes& notes,
                                                   std::vector<v1::Lease> leases);

}  // namespace posthorn::relay
