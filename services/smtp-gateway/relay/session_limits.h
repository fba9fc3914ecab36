// What a server takes of one session and one transaction (RFC 9422), beside MAILMAX.
#pragma once

#include <cstddef>
#include <vector>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/relay/session.h"

namespace posthorn::relay {

// How many recipients, from the first on, the next transaction may have by RCPTMAX and
// RCPTDOMAINMAX.
size_t RecipientsThatFit(const Session& session,
                         const std::vector<v1::LeasedRecipient>& recipients);

// These are named in the session.
void NoteDomains(Session& session, const std::vector<v1::LeasedRecipient>& recipients);

}  // namespace posthorn::relay
