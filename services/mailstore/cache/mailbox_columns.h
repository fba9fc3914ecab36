// A mailbox's messages in memory: a column for each property, ascending by UID, about 45 octets a
// message.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/ids.h"
#include "mailstore/storage/change_log.h"
#include "mailstore/storage/mailbox_state.h"
#include "mailstore/storage/message_row.h"

namespace posthorn::store {

// Not thread-safe.
class MailboxColumns {
 public:
  MailboxState state;  // the columns are the mailbox at state.highest_modseq
  std::vector<uint32_t> uids;
  std::vector<uint8_t> flags;
  std::vector<uint32_t> sizes;
  std::vector<uint64_t> keywords;
  std::vector<int64_t> modseqs;
  std::vector<int64_t> internal_dates;
  std::vector<uint32_t> save_dates;  // Unix seconds
  std::vector<int64_t> blobs;

  // Messages removed at a MODSEQ, ascending; complete above removals_since.
  struct Removal {
    ModSeq modseq;
    std::vector<uint32_t> uids;
  };
  std::deque<Removal> removals;
  ModSeq removals_since;

  size_t size() const { return uids.size(); }
  MessageRow Row(size_t i) const;
  // The index of the first message with this UID or a greater one.
  size_t LowerBound(uint32_t uid) const;
  // The index of the message, size() if it is not there.
  size_t Find(uint32_t uid) const;

  void Replace(MailboxState new_state, absl::Span<const MessageRow> rows);
  // Messages that came or changed, ascending.
  void Upsert(absl::Span<const MessageRow> rows);
  // Ascending. Those that are not there are logged all the same.
  void Remove(ModSeq modseq, std::vector<uint32_t> gone);

  size_t Bytes() const;

 private:
  void Append(const MessageRow& row);
  void Set(size_t i, const MessageRow& row);
};

}  // namespace posthorn::store
