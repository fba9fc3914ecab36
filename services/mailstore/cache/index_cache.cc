#include "mailstore/cache/index_cache.h"

#include <algorithm>
#include <set>

#include "mailstore/db/transaction.h"
#include "mailstore/storage/change_log.h"
#include "mailstore/storage/mailbox_rows.h"
#include "mailstore/storage/message_rows.h"

namespace posthorn::store {
namespace {

// What has to be done to bring the columns from one MODSEQ to a later state.
struct Difference {
  MailboxState state;
  bool whole = false;  // `rows` is all of the mailbox
  std::vector<MessageRow> rows;
  std::vector<LoggedChange> removals;
};

// Reads row, log and messages in one snapshot.
std::optional<Difference> ReadDifference(Connection& connection, MailboxKey key,
                                         std::optional<ModSeq> since) {
  Transaction transaction(connection);
  transaction.ExecText("index.snapshot",
                       "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
  std::optional<MailboxState> state = LoadMailbox(transaction, key);
  if (!state.has_value()) {
    return std::nullopt;
  }
  Difference difference;
  // Below message_floor every message counts as changed.
  difference.whole =
      !since.has_value() || *since < std::max(state->log_floor, state->message_floor);
  if (difference.whole) {
    difference.rows = LoadMessages(transaction, *state);
  } else {
    std::set<uint32_t> changed;
    for (LoggedChange& change : LoadChanges(transaction, key, *since)) {
      if (change.kind == ChangeKind::kChanged) {
        changed.insert(change.uids.begin(), change.uids.end());
      } else {
        difference.removals.push_back(std::move(change));
      }
    }
    difference.rows =
        LoadMessages(transaction, *state, std::vector<uint32_t>(changed.begin(), changed.end()));
  }
  difference.state = *std::move(state);
  return difference;
}

}  // namespace

bool MailboxIndex::IsCurrent(const MailboxState& row) const {
  std::lock_guard lock(mutex_);
  // A claim of \Recent changes the row without a new MODSEQ, and always for the greater.
  return loaded_ && columns_.state.highest_modseq >= row.highest_modseq &&
         columns_.state.recent_from_uid >= row.recent_from_uid &&
         columns_.state.keywords.size() >= row.keywords.size();
}

std::shared_ptr<MailboxIndex> IndexCache::Get(Connection& connection, MailboxKey key) {
  const std::optional<MailboxState> row = LoadMailbox(connection, key);
  if (!row.has_value()) {
    entries_.Remove(key);
    return nullptr;
  }
  return Get(connection, *row);
}

std::shared_ptr<MailboxIndex> IndexCache::Get(Connection& connection, const MailboxState& row) {
  std::shared_ptr<MailboxIndex> index =
      entries_.GetOrPut(row.key, [] { return std::make_shared<MailboxIndex>(); });
  if (index->IsCurrent(row)) {
    return index;
  }
  std::lock_guard refreshing(index->refresh_);
  if (!index->IsCurrent(row)) {
    Refresh(connection, row.key, *index);
  }
  std::lock_guard lock(index->mutex_);
  return index->loaded_ ? index : nullptr;
}

std::shared_ptr<MailboxIndex> IndexCache::Current(const MailboxState& row) {
  std::shared_ptr<MailboxIndex> index = entries_.Get(row.key);
  return index != nullptr && index->IsCurrent(row) ? index : nullptr;
}

void IndexCache::Refresh(Connection& connection, MailboxKey key, MailboxIndex& index) {
  std::optional<ModSeq> since;
  {
    std::lock_guard lock(index.mutex_);
    if (index.loaded_) {
      since = index.columns_.state.highest_modseq;
    }
  }
  std::optional<Difference> difference = ReadDifference(connection, key, since);
  std::lock_guard lock(index.mutex_);
  if (!difference.has_value()) {
    index.loaded_ = false;
    return;
  }
  MailboxColumns& columns = index.columns_;
  // Commits of this replica may have gone past the snapshot meanwhile.
  if (index.loaded_ && columns.state.highest_modseq > difference->state.highest_modseq) {
    return;
  }
  if (difference->whole) {
    columns.Replace(std::move(difference->state), difference->rows);
    index.loaded_ = true;
  } else {
    const ModSeq have = columns.state.highest_modseq;
    columns.Upsert(difference->rows);
    for (LoggedChange& removal : difference->removals) {
      if (removal.modseq > have) {
        columns.Remove(removal.modseq, std::move(removal.uids));
      }
    }
    columns.state = std::move(difference->state);
  }
  entries_.Resize(key, columns.Bytes());
}

std::shared_ptr<MailboxIndex> IndexCache::Peek(MailboxKey key) {
  std::shared_ptr<MailboxIndex> index = entries_.Get(key);
  if (index == nullptr) {
    return nullptr;
  }
  std::lock_guard lock(index->mutex_);
  return index->loaded_ ? index : nullptr;
}

void IndexCache::OnCommit(const CommittedMailbox& mailbox) {
  const MailboxKey key = mailbox.state.key;
  const std::shared_ptr<MailboxIndex> index = entries_.Get(key);
  if (index == nullptr) {
    return;
  }
  std::lock_guard lock(index->mutex_);
  MailboxColumns& columns = index->columns_;
  if (!index->loaded_ || columns.state.highest_modseq != mailbox.before) {
    return;  // the next reader gets the difference from the log
  }
  columns.Upsert(mailbox.upserts);
  columns.Remove(mailbox.state.highest_modseq, mailbox.removed);
  columns.state = mailbox.state;
  entries_.Resize(key, columns.Bytes());
}

bool IndexCache::FindMessages(MailboxKey mailbox, ModSeq at, absl::Span<const uint32_t> uids,
                              std::vector<MessageRow>* rows) {
  const std::shared_ptr<MailboxIndex> index = Peek(mailbox);
  if (index == nullptr) {
    return false;
  }
  std::lock_guard lock(index->mutex_);
  const MailboxColumns& columns = index->columns_;
  if (!index->loaded_ || columns.state.highest_modseq != at) {
    return false;
  }
  for (const uint32_t uid : uids) {
    if (const size_t i = columns.Find(uid); i < columns.size()) {
      rows->push_back(columns.Row(i));
    }
  }
  return true;
}

}  // namespace posthorn::store
