#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "imap-gateway/changes/change_hub.h"
#include "imap-gateway/parser/sequence_set.h"
#include "imap-gateway/session/foretold.h"
#include "imap-gateway/view/view.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

struct SearchContext;

// The mailbox a session has selected: what the client has been told, and what it has not been told
// yet. Belongs to the session; dropped whole when another is selected, so nothing of it is told
// late.
struct SelectedMailbox {
  v1::MailboxRef ref;
  std::string name;  // canonical, as it was selected; it may have another by now
  bool read_only = false;
  std::string rights;  // what this session may do, letters of RFC 4314 2.1

  bool May(char right) const { return rights.find(right) != std::string::npos; }

  std::uint32_t uidvalidity = 0;
  View view;
  NumberRanges recent;                // UIDs that are \Recent in this session
  std::vector<std::string> keywords;  // names by bit of the keyword mask
  // Whether there is a name for each of them.
  bool KnowsKeywords(const v1::FlagColumns& flags) const {
    std::uint64_t used = 0;
    for (const std::uint64_t mask : flags.keywords()) {
      used |= mask;
    }
    return keywords.size() >= 64 || (used >> keywords.size()) == 0;
  }
  std::uint64_t modseq = 0;       // the store's state that has been read
  std::uint64_t told_modseq = 0;  // the client has been told all up to here (RFC 7162 6)
  std::uint32_t uidnext = 0;
  // The last message that an EXISTS counted: the view may have more, and of those the client knows
  // nothing.
  std::uint32_t told_uid = 0;

  NumberRanges vanished;  // read, not yet told

  // The mailbox is deleted, or may not be read any more; the client is told that its messages are
  // gone.
  bool gone = false;
  // There is something to read.
  bool stale = false;
  // The store has changes up to this MODSEQ, as the feed says.
  std::uint64_t announced = 0;
  bool IsBehind() const { return stale || announced > modseq; }
  Foretold foretold;
  // The newest MODSEQ of flags that the client has been told. Older changes of them are no news.
  std::uint64_t newest_told = 0;
  void Told(std::uint64_t told) { newest_told = std::max(newest_told, told); }
  // The client is about to be told this MODSEQ: what else has one up to it must be read before the
  // command is answered, or the client would take it for known (RFC 7162 6).
  void Reveal(std::uint64_t told) { announced = std::max(announced, told); }
  // What flag changes of this session came to, by UID, so that reading the changes does not tell
  // them again. Emptied by every sync.
  struct OwnChange {
    std::uint64_t modseq;
    std::uint32_t flags;
    std::uint64_t keywords;
  };
  absl::flat_hash_map<std::uint32_t, OwnChange> own_changes;

  // RFC 5267: searches whose results are kept up to date (search/search_context.h).
  std::vector<std::shared_ptr<SearchContext>> contexts;

  std::unique_ptr<Watch> watch;
};

inline bool SameMailbox(const v1::MailboxRef& a, const v1::MailboxRef& b) {
  return a.account_id() == b.account_id() && a.mailbox_id() == b.mailbox_id();
}

}  // namespace posthorn::imap
