#pragma once

#include "mailstore/access/rights.h"

namespace posthorn::store {

// RFC 5464 3.3: beside l it takes one of these to read and set the entries of a mailbox.
inline constexpr Rights kAnyForEntries =
    Right::kRead | Right::kSeen | Right::kWrite | Right::kInsert | Right::kPost;

}  // namespace posthorn::store
