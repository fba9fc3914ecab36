#include "mailstore/outbound/claim_queue.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/random/random.h"
#include "common/log/log.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;
// Between a look that found nothing and the next: what is enqueued meanwhile is claimed together.
constexpr std::chrono::milliseconds kLeastPause{5};
// Workers that one transaction serves.
constexpr size_t kMostServed = 16;

std::chrono::milliseconds UntilNextLook() {
  absl::BitGen random;
  return std::chrono::milliseconds(absl::Uniform(random, 200, 500));
}

}  // namespace

struct ClaimQueue::Waiter {
  Waiter(const asio::any_io_executor& executor, SlotWanted slot, std::chrono::milliseconds patience,
         const rpc::Cancellation& its_cancellation)
      : timer(executor, Clock::now() + patience),
        deadline(timer.expiry()),
        wanted(std::move(slot)),
        cancellation(its_cancellation) {}
  void Wake(const std::shared_ptr<Waiter>& self) {
    asio::post(timer.get_executor(), [self] { self->timer.cancel(); });
  }
  asio::steady_timer timer;
  const Clock::time_point deadline;
  const SlotWanted wanted;
  const rpc::Cancellation& cancellation;  // until there is an answer
  // With the queue's mutex: being served, so that it must not go; and its answer.
  bool taken = false;
  bool looked = false;  // there was no work once since it came: it may be told so
  std::optional<absl::StatusOr<std::optional<v1::Work>>> answer;
};

ClaimQueue::ClaimQueue(runtime::Runtime& runtime, Pool& pool, Finisher& finisher)
    : runtime_(runtime),
      pool_(pool),
      finisher_(finisher),
      executor_(runtime.Next().get_executor()),
      bell_(executor_) {}

void ClaimQueue::Start() { runtime_.SpawnBackground(executor_, "claims of work", Work()); }

asio::awaitable<absl::StatusOr<std::optional<v1::Work>>> ClaimQueue::Claim(
    SlotWanted wanted, std::chrono::milliseconds patience, const rpc::Cancellation& cancellation) {
  const auto waiter =
      std::make_shared<Waiter>(executor_, std::move(wanted), patience, cancellation);
  {
    const std::lock_guard lock(mutex_);
    if (draining_) {
      co_return absl::UnavailableError("the store drains");
    }
    waiting_.push_back(waiter);
  }
  Ring();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      if (waiter->answer.has_value()) {
        co_return *std::move(waiter->answer);
      }
      if (waiter->deadline <= Clock::now()) {
        if (waiter->looked && !waiter->taken) {
          waiting_.remove(waiter);
          co_return std::nullopt;
        }
        // What is being claimed for it must not be lost.
        waiter->timer.expires_at(Clock::time_point::max());
      }
    }
    boost::system::error_code ignored;
    co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void ClaimQueue::Ring() {
  {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    if (posted_ || waiting_.empty()) {
      return;
    }
    posted_ = true;
  }
  asio::post(executor_, [this] {
    {
      const std::lock_guard lock(mutex_);
      posted_ = false;
    }
    bell_.cancel();
  });
}

void ClaimQueue::Drain() {
  std::list<std::shared_ptr<Waiter>> waiting;
  {
    const std::lock_guard lock(mutex_);
    draining_ = true;
    waiting.swap(waiting_);
  }
  for (const std::shared_ptr<Waiter>& waiter : waiting) {
    Answer(waiter, absl::UnavailableError("the store drains"));
  }
}

void ClaimQueue::Answer(const std::shared_ptr<Waiter>& waiter,
                        absl::StatusOr<std::optional<v1::Work>> work) {
  {
    const std::lock_guard lock(mutex_);
    waiter->answer = std::move(work);
  }
  waiter->Wake(waiter);
}

ClaimQueue::Waiters ClaimQueue::TakeWaiters() {
  Waiters taken;
  const std::lock_guard lock(mutex_);
  rung_ = false;
  while (!waiting_.empty() && taken.size() < kMostServed) {
    const std::shared_ptr<Waiter> waiter = std::move(waiting_.front());
    waiting_.pop_front();
    if (waiter->cancellation.IsCancelled()) {
      waiter->answer = absl::CancelledError("the worker is gone");
      waiter->Wake(waiter);
      continue;
    }
    waiter->taken = true;
    taken.push_back(waiter);
  }
  return taken;
}

// The others go on waiting, in front; if there are any there is no work, for those behind them
// either.
void ClaimQueue::PutBack(const Waiters& unserved) {
  if (unserved.empty()) {
    return;
  }
  const std::lock_guard lock(mutex_);
  for (auto waiter = unserved.rbegin(); waiter != unserved.rend(); ++waiter) {
    (*waiter)->taken = false;
    waiting_.push_front(*waiter);
  }
  for (const std::shared_ptr<Waiter>& waiter : waiting_) {
    waiter->looked = true;
    if (draining_) {
      waiter->answer = absl::UnavailableError("the store drains");
    }
    if (draining_ || waiter->deadline <= Clock::now()) {
      waiter->Wake(waiter);
    }
  }
  if (draining_) {
    waiting_.clear();
  }
}

asio::awaitable<bool> ClaimQueue::Serve(const Waiters& waiters) {
  std::vector<SlotWanted> wanted;
  for (const std::shared_ptr<Waiter>& waiter : waiters) {
    wanted.push_back(waiter->wanted);
  }
  auto claim = [this, &wanted](
                   Connection& connection) -> absl::StatusOr<std::vector<std::optional<v1::Work>>> {
    return finisher_.Claim(connection, wanted);
  };
  absl::StatusOr<std::vector<std::optional<v1::Work>>> claimed =
      co_await pool_.Run(std::move(claim));
  if (!claimed.ok()) {
    log::Warning("cannot claim work", {{"error", std::string(claimed.status().message())}});
    for (const std::shared_ptr<Waiter>& waiter : waiters) {
      Answer(waiter, claimed.status());
    }
    co_return false;
  }
  Waiters unserved;
  for (size_t i = 0; i < waiters.size(); ++i) {
    if ((*claimed)[i].has_value()) {
      Answer(waiters[i], std::move((*claimed)[i]));
    } else {
      unserved.push_back(waiters[i]);
    }
  }
  PutBack(unserved);
  co_return unserved.size() < waiters.size();
}

asio::awaitable<void> ClaimQueue::Rest() {
  boost::system::error_code ignored;
  asio::steady_timer pause(executor_, kLeastPause);  // which no bell cuts short
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  {
    const std::lock_guard lock(mutex_);
    if (rung_) {
      co_return;
    }
    // Without workers only a worker that comes rings.
    bell_.expires_after(waiting_.empty() ? std::chrono::hours(24)
                                         : std::chrono::hours(0) + UntilNextLook());
  }
  co_await bell_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<void> ClaimQueue::Work() {
  for (;;) {
    const Waiters waiters = TakeWaiters();
    const bool more = !waiters.empty() && co_await Serve(waiters);
    if (!more) {
      co_await Rest();
    }
  }
}

}  // namespace posthorn::store
