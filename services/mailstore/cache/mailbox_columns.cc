#include "mailstore/cache/mailbox_columns.h"

#include <algorithm>
#include <utility>

namespace posthorn::store {
namespace {

constexpr size_t kMaxRemovals = 1'000;  // batches

template <typename T>
void Keep(const std::vector<size_t>& gone, std::vector<T>* column) {
  size_t out = gone.front();
  size_t next = 0;
  for (size_t in = gone.front(); in < column->size(); ++in) {
    if (next < gone.size() && gone[next] == in) {
      ++next;
    } else {
      (*column)[out++] = (*column)[in];
    }
  }
  column->resize(out);
}

template <typename T>
void InsertAt(size_t i, std::vector<T>* column) {
  column->insert(column->begin() + static_cast<ptrdiff_t>(i), T());
}

}  // namespace

MessageRow MailboxColumns::Row(size_t i) const {
  return {.uid = Uid(uids[i]),
          .modseq = ModSeq(modseqs[i]),
          .blob = BlobId(blobs[i]),
          .internal_date = internal_dates[i],
          .save_date = save_dates[i],
          .keywords = keywords[i],
          .size = sizes[i],
          .flags = flags[i]};
}

size_t MailboxColumns::LowerBound(uint32_t uid) const {
  return static_cast<size_t>(std::lower_bound(uids.begin(), uids.end(), uid) - uids.begin());
}

size_t MailboxColumns::Find(uint32_t uid) const {
  const size_t i = LowerBound(uid);
  return i < size() && uids[i] == uid ? i : size();
}

void MailboxColumns::Set(size_t i, const MessageRow& row) {
  uids[i] = row.uid.value();
  flags[i] = static_cast<uint8_t>(row.flags);
  sizes[i] = row.size;
  keywords[i] = row.keywords;
  modseqs[i] = row.modseq.value();
  internal_dates[i] = row.internal_date;
  save_dates[i] = static_cast<uint32_t>(row.save_date);
  blobs[i] = row.blob.value();
}

void MailboxColumns::Append(const MessageRow& row) {
  uids.push_back(0);
  flags.push_back(0);
  sizes.push_back(0);
  keywords.push_back(0);
  modseqs.push_back(0);
  internal_dates.push_back(0);
  save_dates.push_back(0);
  blobs.push_back(0);
  Set(size() - 1, row);
}

void MailboxColumns::Replace(MailboxState new_state, absl::Span<const MessageRow> rows) {
  *this = MailboxColumns();
  state = std::move(new_state);
  removals_since = state.highest_modseq;
  uids.reserve(rows.size());
  for (const MessageRow& row : rows) {
    Append(row);
  }
}

void MailboxColumns::Upsert(absl::Span<const MessageRow> rows) {
  for (const MessageRow& row : rows) {
    const uint32_t uid = row.uid.value();
    if (uids.empty() || uid > uids.back()) {
      Append(row);
      continue;
    }
    const size_t i = LowerBound(uid);
    if (uids[i] != uid) {  // seldom: UIDs come in order
      InsertAt(i, &uids);
      InsertAt(i, &flags);
      InsertAt(i, &sizes);
      InsertAt(i, &keywords);
      InsertAt(i, &modseqs);
      InsertAt(i, &internal_dates);
      InsertAt(i, &save_dates);
      InsertAt(i, &blobs);
    }
    Set(i, row);
  }
}

void MailboxColumns::Remove(ModSeq modseq, std::vector<uint32_t> gone) {
  std::vector<size_t> at;
  for (const uint32_t uid : gone) {
    if (const size_t i = Find(uid); i < size()) {
      at.push_back(i);
    }
  }
  if (!at.empty()) {
    Keep(at, &uids);
    Keep(at, &flags);
    Keep(at, &sizes);
    Keep(at, &keywords);
    Keep(at, &modseqs);
    Keep(at, &internal_dates);
    Keep(at, &save_dates);
    Keep(at, &blobs);
  }
  if (!gone.empty()) {
    removals.push_back({modseq, std::move(gone)});
  }
  while (removals.size() > kMaxRemovals) {
    removals_since = removals.front().modseq;
    removals.pop_front();
  }
}

size_t MailboxColumns::Bytes() const {
  size_t bytes =
      512 + flags.capacity() + 4 * (uids.capacity() + sizes.capacity() + save_dates.capacity()) +
      8 * (keywords.capacity() + modseqs.capacity() + internal_dates.capacity() + blobs.capacity());
  for (const Removal& removal : removals) {
    bytes += 64 + removal.uids.capacity() * 4;
  }
  return bytes;
}

}  // namespace posthorn::store
