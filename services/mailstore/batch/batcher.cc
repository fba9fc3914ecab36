#include "mailstore/batch/batcher.h"

#include <algorithm>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/rpc/status.h"
#include "mailstore/db/sql_error.h"

namespace posthorn::store {
namespace {

namespace asio = boost::asio;
using v1::ErrorDetail;

constexpr size_t kRowWeight = 100;
// So many that wait, or a transaction of such an age, are work for another lane.
constexpr size_t kCrowd = 32;
constexpr std::chrono::milliseconds kPatience(10);

AccountId AccountOf(const Op& op) {
  struct Visitor {
    AccountId operator()(const AddOp& add) const { return add.FirstAccount(); }
    AccountId operator()(const AppendOp& append) const { return append.mailbox.account; }
    AccountId operator()(const CopyOp& copy) const { return copy.source.account; }
    AccountId operator()(const FlagsOp& flags) const { return flags.mailbox.account; }
    AccountId operator()(const ExpungeOp& expunge) const { return expunge.mailbox.account; }
    AccountId operator()(const ClaimRecentOp& claim) const { return claim.mailbox.account; }
  };
  return std::visit(Visitor{}, op);
}

size_t HeldOctets(const StoredMessage& message) {
  size_t octets = message.body.size() + message.envelope.size() + message.body_structure.size();
  for (const BodyChunk& chunk : message.chunks) {
    octets += chunk.data.size();
  }
  return octets;
}

size_t WeightOf(const Op& op) {
  struct Visitor {
    size_t operator()(const AddOp& add) const {
      const size_t copies = add.targets.size() + (add.queued != nullptr ? 1 : 0);
      const size_t recipients = add.queued != nullptr ? add.queued->recipients.size() : 0;
      return copies * (HeldOctets(*add.message) + kRowWeight) + recipients * kRowWeight;
    }
    size_t operator()(const AppendOp& append) const {
      size_t octets = 0;
      for (const AppendOp::Item& item : append.items) {
        octets += HeldOctets(*item.message) + kRowWeight;
      }
      return octets;
    }
    size_t operator()(const CopyOp& copy) const { return copy.uids.size() * kRowWeight; }
    size_t operator()(const FlagsOp& flags) const { return flags.uids.size() * kRowWeight; }
    size_t operator()(const ExpungeOp& expunge) const { return expunge.uids.size() * kRowWeight; }
    size_t operator()(const ClaimRecentOp&) const { return kRowWeight; }
  };
  return std::visit(Visitor{}, op);
}

// By kind of operation and reason of failure. The references are kept a thread: looking one up
// takes a lock.
void CountOperation(const Op& op, const absl::Status& status) {
  static constexpr const char* kNames[] = {"add",  "append",  "flags",
                                           "copy", "expunge", "claim_recent"};
  static_assert(std::size(kNames) == std::variant_size_v<Op>);
  thread_local std::map<std::pair<size_t, int>, prometheus::Counter*> counters;
  const int reason = rpc::ReasonOf(status);
  prometheus::Counter*& counter = counters[{op.index(), status.ok() ? -1 : reason}];
  if (counter == nullptr) {
    const std::string outcome =
        status.ok() ? "ok"
                    : v1::ErrorDetail::Reason_Name(static_cast<v1::ErrorDetail::Reason>(reason));
    counter = &metrics::Counter("posthorn_store_operations_total", "Writes by kind and outcome",
                                {{"operation", kNames[op.index()]}, {"outcome", outcome}});
  }
  counter->Increment();
}

absl::Status Overloaded() {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_OVERLOADED,
                        "too many writes are waiting");
}

absl::Status OutcomeUnknown(const absl::Status& cause) {
  return rpc::MakeError(absl::StatusCode::kUnavailable, ErrorDetail::REASON_OUTCOME_UNKNOWN,
                        cause.message());
}

}  // namespace

Batcher::Batcher(BatcherOptions options, CommitListener* listener, MessageLookup* lookup)
    : options_(std::move(options)), listener_(listener), lookup_(lookup) {
  for (size_t i = 0; i < options_.lanes; ++i) {
    lanes_.push_back(std::make_unique<Lane>(options_.connection));
  }
  for (auto& lane : lanes_) {
    lane->thread = std::thread([this, &lane = *lane] { Work(lane); });
  }
}

Batcher::~Batcher() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  came_.notify_all();
  turn_.notify_all();
  for (auto& lane : lanes_) {
    lane->thread.join();
  }
}

asio::awaitable<absl::Status> Batcher::Run(std::shared_ptr<Op> op) {
  auto start = [this](auto handler, std::shared_ptr<Op> operation) {
    auto executor = asio::get_associated_executor(handler);
    auto done = [handler = std::move(handler), executor,
                 guard = asio::make_work_guard(executor)](absl::Status status) mutable {
      asio::post(executor, [handler = std::move(handler), status = std::move(status)]() mutable {
        std::move(handler)(std::move(status));
      });
    };
    Enqueue(std::move(operation), std::move(done));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(absl::Status)>(
      std::move(start), asio::use_awaitable, std::move(op));
}

void Batcher::Enqueue(std::shared_ptr<Op> op, Done done) {
  const AccountId account = AccountOf(*op);
  const size_t weight = WeightOf(*op);
  std::condition_variable* wakes = nullptr;
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < options_.max_queued) {
      queue_.push_back({std::move(op), account, weight, std::move(done)});
      done = nullptr;
      if (gathers_) {
        wakes = gathering_.CompletedBy(queue_.size()) ? &came_ : nullptr;
      } else if (running_ == 0 || queue_.size() == kCrowd) {
        wakes = &turn_;
      }
    }
  }
  if (done != nullptr) {
    const absl::Status refused = Overloaded();
    CountOperation(*op, refused);
    done(refused);
    return;
  }
  if (wakes != nullptr) {
    wakes->notify_one();
  }
}

bool Batcher::IsTurn() const {
  if (gathers_ || queue_.empty()) {
    return false;
  }
  if (running_ == 0) {
    return true;
  }
  const bool wanted =
      queue_.size() >= kCrowd || std::chrono::steady_clock::now() - last_began_ >= kPatience;
  return wanted && std::any_of(queue_.begin(), queue_.end(), [this](const Waiting& waiting) {
           return !busy_.contains(waiting.account);
         });
}

bool Batcher::AwaitTurn(std::unique_lock<std::mutex>& lock) {
  while (!IsTurn()) {
    if (stopping_ && queue_.empty()) {
      return false;
    }
    if (gathers_ || running_ > 0) {
      ++watching_;
      turn_.wait_for(lock, kPatience);
      --watching_;
    } else {
      turn_.wait(lock);
    }
  }
  return true;
}

std::vector<Batcher::Waiting> Batcher::Gather(std::unique_lock<std::mutex>& lock) {
  gathers_ = true;
  gathering_.Await(lock, came_, [this] { return queue_.size(); }, [this] { return stopping_; });
  gathers_ = false;
  std::vector<Waiting> batch;
  size_t weight = 0;
  for (auto it = queue_.begin(); it != queue_.end() && batch.size() < options_.max_ops;) {
    if (busy_.contains(it->account)) {
      ++it;
      continue;
    }
    weight += it->weight;
    if (!batch.empty() && weight > options_.max_weight) {
      break;
    }
    batch.push_back(std::move(*it));
    it = queue_.erase(it);
  }
  return batch;
}

void Batcher::Work(Lane& lane) {
  std::unique_lock lock(mutex_);
  while (AwaitTurn(lock)) {
    std::vector<Waiting> batch = Gather(lock);
    if (batch.empty()) {
      continue;
    }
    for (const Waiting& waiting : batch) {
      busy_.insert(waiting.account);
    }
    ++running_;
    const auto began = last_began_ = std::chrono::steady_clock::now();
    const bool unwatched = watching_ == 0;
    lock.unlock();
    if (unwatched) {
      turn_.notify_one();
    }
    RunBatch(lane, absl::MakeSpan(batch));
    lock.lock();
    gathering_.Keep(batch.size(), std::chrono::steady_clock::now() - began);
    --running_;
    for (const Waiting& waiting : batch) {
      busy_.erase(waiting.account);
    }
  }
}

void Batcher::RunBatch(Lane& lane, absl::Span<Waiting> batch) {
  static auto& sizes =
      metrics::Size("posthorn_store_batch_operations", "Operations in one transaction");
  sizes.Observe(static_cast<double>(batch.size()));
  std::vector<BatchMember> members;
  members.reserve(batch.size());
  for (const Waiting& waiting : batch) {
    members.push_back({waiting.op.get(), absl::OkStatus()});
  }
  const bool reachable = Execute(lane, absl::MakeSpan(members), /*check_keys=*/false);
  for (size_t i = 0; i < batch.size(); ++i) {
    CountOperation(*batch[i].op, members[i].status);
    batch[i].done(members[i].status);
  }
  if (!reachable) {
    FailQueued(rpc::MakeError(absl::StatusCode::kUnavailable, ErrorDetail::REASON_STORE_UNAVAILABLE,
                              "the database cannot be reached"));
  }
}

bool Batcher::Execute(Lane& lane, absl::Span<BatchMember> members, bool check_keys) {
  TransactOptions options{.check_keys = check_keys,
                          .now = absl::ToUnixSeconds(absl::Now()),
                          .discard_grace = options_.discard_grace,
                          .lookup = lookup_,
                          .synchronous_flag_changes = options_.synchronous_flag_changes,
                          .sending_limit = options_.sending_limit};
  RetryPolicy policy;
  bool in_doubt = false;
  for (;;) {
    SqlError error;
    try {
      const Commit commit = Transact(lane.connection, members, options);
      if (listener_ != nullptr) {
        listener_->OnCommit(commit);
      }
      return true;
    } catch (...) {
      error = DescribeCurrentException();
    }
    if (error.failure == SqlFailure::kInDoubt) {
      in_doubt = true;
      error.failure = SqlFailure::kConnectionLost;
    }
    if (error.failure == SqlFailure::kConnectionLost) {
      lane.connection.Disconnect();
      options.check_keys = true;
    }
    if (error.failure == SqlFailure::kDuplicate && !options.check_keys) {
      options.check_keys = true;
      continue;
    }
    if (policy.Retry(error)) {
      continue;
    }
    const bool lost = error.failure == SqlFailure::kConnectionLost;
    if (!lost && members.size() > 1) {
      bool reachable = true;
      for (BatchMember& member : members) {
        reachable = Execute(lane, absl::MakeSpan(&member, 1), options.check_keys) && reachable;
      }
      return reachable;
    }
    for (BatchMember& member : members) {
      member.status = in_doubt ? OutcomeUnknown(error.status) : error.status;
    }
    return !lost;
  }
}

void Batcher::FailQueued(const absl::Status& status) {
  std::deque<Waiting> failed;
  {
    std::lock_guard lock(mutex_);
    failed.swap(queue_);
  }
  for (Waiting& waiting : failed) {
    CountOperation(*waiting.op, status);
    waiting.done(status);
  }
}

}  // namespace posthorn::store
