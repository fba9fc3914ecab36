#include "mailstore/upkeep/upkeep.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/directory/mail_removal.h"
#include "mailstore/upkeep/upkeep_rows.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;

constexpr int64_t kReadySeconds = 10;

constexpr Statement kProbe{"upkeep.probe", "SELECT 1"};
constexpr Statement kModSeqs{
    "upkeep.modseqs",
    "SELECT m.account_id, m.mailbox_id, m.highest_modseq "
    "FROM unnest($1::bigint[], $2::int[]) AS k (account_id, mailbox_id) "
    "JOIN mailbox m USING (account_id, mailbox_id) WHERE m.account_id = ANY ($1::bigint[])"};

int64_t Now() { return absl::ToUnixSeconds(absl::Now()); }

absl::StatusOr<std::vector<MailboxChange>> LoadModSeqs(Connection& connection,
                                                       const std::vector<MailboxKey>& mailboxes) {
  BinaryArray account(BinaryArray::Type::kInt8), mailbox(BinaryArray::Type::kInt4);
  for (const MailboxKey& key : mailboxes) {
    account.AddInt8(static_cast<int64_t>(key.account.value()));
    mailbox.AddInt4(key.mailbox.value());
  }
  std::vector<MailboxChange> states;
  for (const auto& row : connection.Exec(kModSeqs, account.Finish(), mailbox.Finish())) {
    states.push_back({{AccountId(row[0].as<uint64_t>()), MailboxId(row[1].as<int32_t>())},
                      ModSeq(row[2].as<int64_t>())});
  }
  return states;
}

void MeasureCaches(Store& store) {
  static auto& indexes =
      metrics::Gauge("posthorn_store_cache_bytes", "Memory of caches", {{"cache", "indexes"}});
  static auto& metadata =
      metrics::Gauge("posthorn_store_cache_bytes", "Memory of caches", {{"cache", "metadata"}});
  static auto& bodies =
      metrics::Gauge("posthorn_store_cache_bytes", "Memory of caches", {{"cache", "bodies"}});
  indexes.Set(static_cast<double>(store.indexes().bytes()));
  metadata.Set(static_cast<double>(store.messages().metadata_bytes()));
  bodies.Set(static_cast<double>(store.messages().body_bytes()));
}

// Runs `step` until there is no more to do.
template <typename Step>
asio::awaitable<void> RunSteps(Pool& pool, const runtime::Runtime& runtime, const char* name,
                               Step step) {
  for (;;) {
    const absl::StatusOr<bool> more = co_await pool.Run(step);
    if (!more.ok()) {
      log::Warning("upkeep failed",
                   {{"step", name}, {"error", std::string(more.status().message())}});
    }
    if (!more.ok() || !*more || runtime.Draining()) {
      co_return;
    }
  }
}

}  // namespace

void Upkeep::Start(std::function<void(bool)> on_ready) {
  const asio::any_io_executor executor = runtime_.context(0).get_executor();
  runtime_.SpawnBackground(executor, "database probe", Probe());
  runtime_.SpawnBackground(executor, "health", Report(std::move(on_ready)));
  runtime_.SpawnBackground(executor, "change poll", PollWatched());
  runtime_.SpawnBackground(executor, "upkeep", DeleteDue());
}

absl::Status Upkeep::Ready() const {
  return Now() - answered_at_ <= kReadySeconds
             ? absl::OkStatus()
             : absl::UnavailableError("the database does not answer");
}

asio::awaitable<void> Upkeep::Probe() {
  for (;;) {
    auto probe = [](Connection& connection) {
      connection.Exec(kProbe);
      return absl::OkStatus();
    };
    const absl::Status status = co_await store_.reads().Run(std::move(probe));
    if (status.ok()) {
      answered_at_ = Now();
    } else {
      log::Warning("the database does not answer", {{"error", std::string(status.message())}});
    }
    MeasureCaches(store_);
    co_await runtime::Sleep(options_.probe_every);
  }
}

// Apart from the probe, which waits as long as a database does that neither answers nor refuses.
asio::awaitable<void> Upkeep::Report(std::function<void(bool)> on_ready) {
  while (!runtime_.Draining()) {
    co_await runtime::Sleep(options_.report_every);
    on_ready(Ready().ok());
  }
}

// The safety net under notifications: what a watcher was not told by them, it is told by this.
asio::awaitable<void> Upkeep::PollWatched() {
  for (;;) {
    co_await runtime::Sleep(options_.poll_every);
    const std::vector<MailboxKey> watched = store_.hub().Watched();
    if (watched.empty()) {
      polled_.clear();
      continue;
    }
    auto load = [&watched](Connection& connection) { return LoadModSeqs(connection, watched); };
    const auto states = co_await store_.reads().Run(std::move(load));
    if (!states.ok()) {
      continue;
    }
    absl::flat_hash_map<MailboxKey, ModSeq> now;
    std::vector<MailboxChange> changed;
    for (const MailboxChange& state : *states) {
      now[state.mailbox] = state.modseq;
      const auto before = polled_.find(state.mailbox);
      if (before != polled_.end() && before->second < state.modseq) {
        changed.push_back(state);
      }
    }
    polled_ = std::move(now);
    store_.hub().Publish(changed);
  }
}

asio::awaitable<void> Upkeep::DeleteDue() {
  for (;;) {
    co_await runtime::Sleep(options_.delete_every);
    auto bodies = [now = Now()](Connection& c) { return DeleteDueBodies(c, now); };
    co_await RunSteps(store_.bodies(), runtime_, "bodies", bodies);
    auto results = [before = Now() - options_.keep_results_seconds](Connection& c) {
      return DeleteOldResults(c, before);
    };
    co_await RunSteps(store_.bodies(), runtime_, "results", results);
    auto reservations = [](Connection& c) { return EndReservations(c); };
    co_await RunSteps(store_.bodies(), runtime_, "reservations", reservations);
    auto log = [before = Now() - options_.keep_changes_seconds](Connection& c) {
      return TrimChangeLog(c, before);
    };
    co_await RunSteps(store_.bodies(), runtime_, "change log", log);
    auto queue = [now = Now(), keep = options_.keep_delivery_log_seconds](Connection& c) {
      return TrimQueue(c, now, now - keep);
    };
    co_await RunSteps(store_.bodies(), runtime_, "outbound queue", queue);
    auto accounts = [](Connection& c) { return RemoveSomeMail(c); };
    co_await RunSteps(store_.bodies(), runtime_, "removed accounts", accounts);
  }
}

}  // namespace posthorn::store
