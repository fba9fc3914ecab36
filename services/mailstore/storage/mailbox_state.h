// A mailbox as its row has it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mailstore/ids.h"

namespace posthorn::store {

struct MailboxState {
  MailboxKey key;
  ModSeq highest_modseq;
  ModSeq log_floor;  // the change log is complete above this
  // Commits up to this MODSEQ need not wait for the disk; 0: all do (crash_recovery.h).
  ModSeq reserved;
  ModSeq message_floor;  // no message has a lower MODSEQ, whatever its row says
  int64_t size = 0;      // octets of all messages
  uint32_t uidvalidity = 0;
  uint32_t uidnext = 1;
  uint32_t n_messages = 0;
  uint32_t n_unseen = 0;
  uint32_t n_deleted = 0;
  uint32_t recent_from_uid = 1;
  std::vector<std::string> keywords;  // bit i of a keyword mask stands for keywords[i]
};

// RFC 9051 2.3.2 names are ASCII and compare without case. At most 63 in a mailbox.
inline constexpr int kMaxKeywords = 63;
// The store keeps UIDs in a signed column.
inline constexpr uint32_t kMaxUid = 0x7fffffff;

// The index of the keyword, -1 if the mailbox has none of that name.
int FindKeyword(const MailboxState& mailbox, const std::string& name);

}  // namespace posthorn::store
