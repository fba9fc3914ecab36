#include "mailstore/store.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mailstore/storage/crash_recovery.h"

namespace posthorn::store {
namespace {

// So that searches of one account leave threads of the body pool to others.
constexpr size_t kSearchesOfAccount = 2;
constexpr std::chrono::minutes kSearchPatience{2};

// The flush of the transaction that makes the message covers all the log before it; that
// transaction notices what a crash has lost by then.
ConnectionOptions UploadOptions(const StoreOptions& options, Watchdog* watchdog) {
  ConnectionOptions connection = SessionOptions(options, "bodies", watchdog);
  connection.synchronous_commit = false;
  return connection;
}

}  // namespace

ConnectionOptions SessionOptions(const StoreOptions& options, const char* purpose,
                                 Watchdog* watchdog) {
  return {.url = options.database_url,
          .application_name = absl::StrCat("mailstore ", purpose),
          .statement_timeout = options.statement_timeout,
          .observer = options.observer,
          .watchdog = watchdog,
          .on_open = RecoverFromCrash};
}

Store::Store(StoreOptions options)
    : options_(std::move(options)),
      budget_(options_.memory_budget_bytes / 2, options_.memory_patience),
      whole_budget_(options_.memory_budget_bytes / 8, options_.memory_patience),
      read_budget_(options_.memory_budget_bytes / 8 * 3, options_.memory_patience),
      header_budget_(options_.header_cache_bytes / 2, kSearchPatience),
      searches_(kSearchesOfAccount, kSearchPatience),
      indexes_(options_.index_cache_bytes),
      messages_(options_.metadata_cache_bytes, options_.body_cache_bytes),
      headers_(options_.header_cache_bytes),
      feed_(SessionOptions(options_, "feed", &watchdog_), &hub_),
      sending_rules_(LoadSendingRules),
      reads_({.connection = SessionOptions(options_, "reads", &watchdog_),
              .threads = options_.read_sessions}),
      bodies_(
          {.connection = UploadOptions(options_, &watchdog_), .threads = options_.body_sessions}),
      outbound_({.connection = SessionOptions(options_, "outbound", &watchdog_),
                 .threads = options_.outbound_sessions}),
      batcher_({.connection = SessionOptions(options_, "writes", &watchdog_),
                .lanes = options_.write_lanes,
                .discard_grace = options_.discard_grace_seconds,
                .synchronous_flag_changes = options_.synchronous_flag_changes,
                .sending_limit = options_.queue.sending_limit},
               this, &indexes_) {}

Store::~Store() = default;

void Store::Publish(const MailboxChange& change) {
  hub_.Publish({&change, 1});
  feed_.Send({&change, 1});
}

void Store::OnQueued(std::function<void()> ring) {
  const std::lock_guard lock(ringing_);
  on_queued_ = std::move(ring);
}

void Store::OnCommit(const Commit& commit) {
  for (const CommittedBlob& blob : commit.blobs) {
    messages_.OnCommit(blob);
  }
  std::vector<MailboxChange> changes;
  for (const CommittedMailbox& mailbox : commit.mailboxes) {
    indexes_.OnCommit(mailbox);
    if (mailbox.state.highest_modseq != mailbox.before) {
      MailboxChange& change =
          changes.emplace_back(MailboxChange{mailbox.state.key, mailbox.state.highest_modseq});
      if (mailbox.only_flags && mailbox.upserts.size() <= MailboxChange::kMostChanged) {
        change.since = mailbox.before;
        change.changed = mailbox.upserts;
      }
    }
  }
  if (!changes.empty()) {
    hub_.Publish(changes);
    feed_.Send(changes);
  }
  if (commit.queued) {
    const std::lock_guard lock(ringing_);
    if (on_queued_) {
      on_queued_();
    }
  }
}

}  // namespace posthorn::store
