// Remembers for a few seconds to whom an address belongs, so that bursts of mail to one address are
// resolved once. Only good answers are kept: an address made a moment ago is known at once. What is
// stale is found out at delivery, where mailstore refuses accounts that are gone.
#pragma once

#include "posthorn/v1/directory.pb.h"
#include "smtp-gateway/store/timed_cache.h"

namespace posthorn::smtp {

// By address.
using RecipientCache = TimedCache<v1::ResolveRecipientResponse>;

}  // namespace posthorn::smtp
