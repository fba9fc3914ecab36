#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/view/view.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

// The mailbox a session has selected: what the client has been told, and what it has not been told
// yet. Belongs to the session; dropped whole when another is selected, so nothing of it is told
// late.
struct SelectedMailbox {
  v1::MailboxRef ref;
  bool read_only = false;
  std::uint32_t uidvalidity = 0;
  View view;
  NumberRanges recent;                // UIDs that are \Recent in this session
  std::vector<std::string> keywords;  // names by bit of the keyword mask
  std::uint64_t modseq = 0;           // the store's state that has been read
  std::uint32_t uidnext = 0;

  // Read, not yet told.
  NumberRanges vanished;
  bool exists_changed = false;
  struct FlagChange {
    std::uint32_t uid;
    std::uint32_t flags;
    std::uint64_t keywords;
  };
  std::vector<FlagChange> flag_changes;

  // The mailbox is deleted; the client is told that its messages are gone.
  bool gone = false;
  // The feed says there is something to read.
  bool stale = false;
  // Flag changes this session made and answered, by UID, so that reading the changes does not tell
  // them again. Another session's change may have the same MODSEQ, so flags are compared too.
  // Emptied by every sync.
  struct OwnChange {
    std::uint64_t modseq = 0;
    std::uint32_t flags = 0;
    std::uint64_t keywords = 0;
    bool operator==(const OwnChange&) const = default;
  };
  absl::flat_hash_map<std::uint32_t, OwnChange> own_changes;

  std::unique_ptr<Watch> watch;
};

}  // namespace posthorn::imap
