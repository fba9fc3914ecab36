#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "mailstore/batch/apply.h"
#include "mailstore/caller.h"
#include "mailstore/db/transaction.h"
#include "mailstore/message/columns_proto.h"
#include "mailstore/message/message_service.h"
#include "mailstore/storage/change_log.h"
#include "mailstore/storage/mailbox_rows.h"
#include "mailstore/storage/uid_set.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

// A session's own state, or what a client says it has (RFC 7162 3.2.5).
int64_t ClampModSeq(uint64_t modseq) {
  return static_cast<int64_t>(std::min<uint64_t>(modseq, std::numeric_limits<int64_t>::max()));
}

// Everything below uidnext that is not there: right whatever the log still knows, since vanished
// may name UIDs that the session was never told of.
void EncodeAbsent(const MailboxColumns& columns, uint32_t uidnext, v1::UidSet* set) {
  uint32_t end = 0;   // of the last run written
  uint32_t next = 1;  // first UID not looked at
  const auto add = [&](uint32_t first, uint32_t last) {
    set->add_runs(first - end);
    set->add_runs(last - first);
    end = last;
  };
  for (const uint32_t uid : columns.uids) {
    if (uid >= uidnext) {
      break;
    }
    if (uid > next) {
      add(next, uid - 1);
    }
    next = uid + 1;
  }
  if (next < uidnext) {
    add(next, uidnext - 1);
  }
}

// Changed messages of one answer: what a reader copies with the index locked.
constexpr int kMaxChanged = 4'096;

void FillChanged(const MailboxColumns& columns, const v1::SyncMailboxRequest& request,
                 int64_t since, v1::SyncMailboxResponse* response) {
  if (since >= columns.state.highest_modseq.value()) {
    return;
  }
  const int64_t until = request.until_modseq() == 0 ? std::numeric_limits<int64_t>::max()
                                                    : ClampModSeq(request.until_modseq());
  const size_t end = columns.LowerBound(request.known_uidnext());
  for (size_t i = columns.LowerBound(request.after_uid() + 1); i < end; ++i) {
    if (columns.modseqs[i] <= since || columns.modseqs[i] > until) {
      continue;
    }
    if (response->changed().uids_size() == kMaxChanged) {
      response->set_more(true);
      return;
    }
    AddRow(columns.Row(i), response->mutable_changed());
  }
}

// What the mailbox's row tells.
void FillState(const MailboxState& state, const v1::SyncMailboxRequest& request,
               v1::SyncMailboxResponse* response) {
  response->set_highest_modseq(static_cast<uint64_t>(state.highest_modseq.value()));
  response->set_uidnext(state.uidnext);
  response->set_recent_from_uid(state.recent_from_uid);
  if (!request.removals_only() && state.keywords.size() > request.known_keywords()) {
    for (const std::string& keyword : state.keywords) {
      response->add_keywords(keyword);
    }
  }
}

// Fills in all but what was removed. True if the removals are in memory, and were added to
// `removed`.
bool Fill(const MailboxColumns& columns, const v1::SyncMailboxRequest& request, int64_t since,
          std::vector<uint32_t>* removed, v1::SyncMailboxResponse* response) {
  FillState(columns.state, request, response);
  if (!request.removals_only()) {
    FillChanged(columns, request, since, response);
    const size_t first = columns.LowerBound(request.known_uidnext());
    EncodeUids(absl::MakeConstSpan(columns.uids).subspan(first), response->mutable_arrived());
  }
  if (since < columns.removals_since.value()) {
    return false;
  }
  for (const MailboxColumns::Removal& removal : columns.removals) {
    if (removal.modseq.value() > since) {
      removed->insert(removed->end(), removal.uids.begin(), removal.uids.end());
    }
  }
  return true;
}

// Reads removals from the log. False if the log does not reach back far enough: where it begins is
// read after it, for it may be trimmed meanwhile, and the index does not learn of that.
bool ReadRemovals(Connection& connection, MailboxKey key, ModSeq since,
                  std::vector<uint32_t>* removed) {
  Transaction transaction(connection);
  const std::vector<LoggedChange> changes = LoadChanges(transaction, key, since);
  const std::optional<MailboxState> row = LoadMailbox(transaction, key);
  if (!row.has_value() || since < row->log_floor) {
    return false;
  }
  for (const LoggedChange& change : changes) {
    if (change.kind == ChangeKind::kRemoved) {
      removed->insert(removed->end(), change.uids.begin(), change.uids.end());
    }
  }
  return true;
}

// The difference of an index from what the session has.
void FillDifference(Connection& connection, MailboxKey key, const MailboxIndex& index,
                    const v1::SyncMailboxRequest& request, int64_t since,
                    v1::SyncMailboxResponse* response) {
  std::vector<uint32_t> removed;
  const bool known = index.Read([&](const MailboxColumns& columns) {
    return Fill(columns, request, since, &removed, response);
  });
  if (!known && !ReadRemovals(connection, key, ModSeq(since), &removed)) {
    response->set_log_pruned(true);
    index.Read([&](const MailboxColumns& columns) {
      EncodeAbsent(columns, request.known_uidnext(), response->mutable_vanished());
    });
    return;
  }
  std::sort(removed.begin(), removed.end());
  removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
  EncodeUids(removed, response->mutable_vanished());
}

// In a pool: the difference from a row.
absl::StatusOr<v1::SyncMailboxResponse> Sync(IndexCache& indexes, Connection& connection,
                                             const MailboxState& row,
                                             const v1::SyncMailboxRequest& request) {
  v1::SyncMailboxResponse response;
  const int64_t since = ClampModSeq(request.since_modseq());
  const std::shared_ptr<MailboxIndex> index = indexes.Get(connection, row);
  if (index == nullptr) {
    response.set_deleted(true);
  } else if (request.after_uid() != 0) {
    index->Read(
        [&](const MailboxColumns& columns) { FillChanged(columns, request, since, &response); });
  } else {
    FillDifference(connection, row.key, *index, request, since, &response);
  }
  return response;
}

bool IsUpToDate(const v1::SyncMailboxRequest& request, const MailboxState& row) {
  return ClampModSeq(request.since_modseq()) >= row.highest_modseq.value() &&
         request.known_uidnext() >= row.uidnext;
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoSyncMailbox(const v1::SyncMailboxRequest& request,
                                                            v1::SyncMailboxResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kRead);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  const RowReader::Found row = co_await store_.rows().Read(*mailbox);
  if (!row.ok()) {
    co_return row.status();
  }
  if (!row->has_value()) {
    store_.indexes().Forget(*mailbox);
    response.set_deleted(true);
  } else if (IsUpToDate(request, **row)) {
    // Idle sessions that look all at once, as after a replica was lost, load no index.
    FillState(**row, request, &response);
  } else {
    auto sync = [this, &row, &request](Connection& connection) {
      return Sync(store_.indexes(), connection, **row, request);
    };
    absl::StatusOr<v1::SyncMailboxResponse> synced = co_await store_.reads().Run(std::move(sync));
    if (!synced.ok()) {
      co_return synced.status();
    }
    response = *std::move(synced);
  }
  const bool arrivals = response.uidnext() > request.known_uidnext();
  const bool recent = response.recent_from_uid() < response.uidnext();
  response.set_recent_from_uid(arrivals && recent ? response.recent_from_uid() : 0);
  const bool may_claim = request.claim_recent() && mailbox->rights.Has(Right::kSeen);
  if (!may_claim || response.recent_from_uid() == 0) {
    co_return absl::OkStatus();
  }
  const auto op =
      std::make_shared<Op>(ClaimRecentOp{.mailbox = *mailbox, .end_uid = response.uidnext()});
  const absl::Status claimed = co_await store_.batcher().Run(op);
  const uint32_t from = std::get<ClaimRecentOp>(*op).recent_from_uid;
  // Who cannot claim, or comes second, has no \Recent messages; that is no reason to fail.
  response.set_recent_from_uid(claimed.ok() && from < response.uidnext() ? from : 0);
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
