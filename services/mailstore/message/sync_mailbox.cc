#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "common/rpc/status.h"
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

void FillChanged(const MailboxColumns& columns, const v1::SyncMailboxRequest& request,
                 int64_t since, v1::SyncMailboxResponse* response) {
  const MailboxState& state = columns.state;
  const bool unchanged = since >= state.highest_modseq.value();
  for (size_t i = unchanged ? columns.LowerBound(request.known_uidnext()) : 0; i < columns.size();
       ++i) {
    if (columns.modseqs[i] > since || columns.uids[i] >= request.known_uidnext()) {
      AddRow(columns.Row(i), response->mutable_changed());
    }
  }
  if (state.keywords.size() > request.known_keywords()) {
    for (const std::string& keyword : state.keywords) {
      response->add_keywords(keyword);
    }
  }
}

// Fills in all but what was removed. True if the removals are in memory, and were added to
// `removed`.
bool Fill(const MailboxColumns& columns, const v1::SyncMailboxRequest& request, int64_t since,
          std::set<uint32_t>* removed, v1::SyncMailboxResponse* response) {
  const MailboxState& state = columns.state;
  response->set_highest_modseq(static_cast<uint64_t>(state.highest_modseq.value()));
  response->set_uidnext(state.uidnext);
  if (!request.removals_only()) {
    FillChanged(columns, request, since, response);
  }
  if (since < columns.removals_since.value()) {
    return false;
  }
  for (const MailboxColumns::Removal& removal : columns.removals) {
    if (removal.modseq.value() > since) {
      removed->insert(removal.uids.begin(), removal.uids.end());
    }
  }
  return true;
}

// Reads removals from the log. False if the log does not reach back far enough: where it begins is
// read after it, for it may be trimmed meanwhile, and the index does not learn of that.
bool ReadRemovals(Connection& connection, MailboxKey key, ModSeq since,
                  std::set<uint32_t>* removed) {
  Transaction transaction(connection);
  const std::vector<LoggedChange> changes = LoadChanges(transaction, key, since);
  const std::optional<MailboxState> row = LoadMailbox(transaction, key);
  if (!row.has_value() || since < row->log_floor) {
    return false;
  }
  for (const LoggedChange& change : changes) {
    if (change.kind == ChangeKind::kRemoved) {
      removed->insert(change.uids.begin(), change.uids.end());
    }
  }
  return true;
}

// In a pool: the barrier, and the difference.
absl::StatusOr<v1::SyncMailboxResponse> Sync(IndexCache& indexes, Connection& connection,
                                             MailboxKey key,
                                             const v1::SyncMailboxRequest& request) {
  v1::SyncMailboxResponse response;
  // A session's own state, or what a client says it has (RFC 7162 3.2.5).
  const auto since = static_cast<int64_t>(
      std::min<uint64_t>(request.since_modseq(), std::numeric_limits<int64_t>::max()));
  const std::shared_ptr<MailboxIndex> index = indexes.Get(connection, key);
  if (index == nullptr) {
    response.set_deleted(true);
    return response;
  }
  std::set<uint32_t> removed;
  MailboxState state;
  const bool known = index->Read([&](const MailboxColumns& columns) {
    state = columns.state;
    return Fill(columns, request, since, &removed, &response);
  });
  if (!known && !ReadRemovals(connection, key, ModSeq(since), &removed)) {
    response.set_log_pruned(true);
    index->Read([&](const MailboxColumns& columns) {
      EncodeAbsent(columns, request.known_uidnext(), response.mutable_vanished());
    });
  } else {
    EncodeUids(std::vector<uint32_t>(removed.begin(), removed.end()), response.mutable_vanished());
  }
  response.set_recent_from_uid(state.recent_from_uid);
  return response;
}

}  // namespace

asio::awaitable<absl::Status> MessageService::DoSyncMailbox(const v1::SyncMailboxRequest& request,
                                                            v1::SyncMailboxResponse& response) {
  const auto mailbox = co_await Authorize(request.caller(), request.mailbox(), Right::kRead);
  if (!mailbox.ok()) {
    co_return mailbox.status();
  }
  auto sync = [this, key = *mailbox, &request](Connection& connection) {
    return Sync(store_.indexes(), connection, key, request);
  };
  absl::StatusOr<v1::SyncMailboxResponse> synced = co_await store_.reads().Run(std::move(sync));
  if (!synced.ok()) {
    co_return synced.status();
  }
  response = *std::move(synced);
  const bool arrivals = response.uidnext() > request.known_uidnext();
  const bool recent = response.recent_from_uid() < response.uidnext();
  response.set_recent_from_uid(arrivals && recent ? response.recent_from_uid() : 0);
  const bool may_claim = request.claim_recent() && mailbox->rights.Has(Right::kSeen);
  if (!may_claim || response.recent_from_uid() == 0) {
    co_return absl::OkStatus();
  }
  const auto op = std::make_shared<Op>(ClaimRecentOp{.mailbox = *mailbox});
  const absl::Status claimed = co_await store_.batcher().Run(op);
  const uint32_t from = std::get<ClaimRecentOp>(*op).recent_from_uid;
  // Who cannot claim, or comes second, has no \Recent messages; that is no reason to fail.
  response.set_recent_from_uid(claimed.ok() && from < response.uidnext() ? from : 0);
  co_return absl::OkStatus();
}

}  // namespace posthorn::store
