// What the feed of changes tells (changes.proto).
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "posthorn/v1/changes.pb.h"

namespace posthorn::imap {

using MailboxKey = std::pair<std::uint64_t, std::uint32_t>;  // account, mailbox

// Shared by all who are told. `modseq` 0: not known, look.
using ChangePtr = std::shared_ptr<const v1::Change>;

}  // namespace posthorn::imap
