#include "common/runtime/runtime.h"

#include <sched.h>
#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "common/log/log.h"

namespace posthorn::runtime {
namespace {

unsigned UsableCpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
    return static_cast<unsigned>(CPU_COUNT(&set));
  }
  return 1;
}

// A connection is a descriptor, and the soft limit that containers and shells give is often 1024;
// it is low for programs that use select(), which nothing here does.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

void LogEscaped(const std::string& name, const std::exception_ptr& error) {
  if (!error) {
    return;
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    log::Error("exception left a task", {{"task", name}, {"what", e.what()}});
  }
}

}  // namespace

Runtime::Runtime(unsigned threads) {
  // Writing to a connection that the peer closed is an error code, not a signal.
  std::signal(SIGPIPE, SIG_IGN);
  // Debian's Abseil looks for deadlocks at every lock that gRPC takes: an aid for debugging.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  RaiseDescriptorLimit();
  const unsigned count = threads == 0 ? UsableCpus() : threads;
  for (unsigned i = 0; i < count; ++i) {
    contexts_.push_back(std::make_unique<asio::io_context>(1));
    guards_.push_back(asio::make_work_guard(*contexts_.back()));
  }
}

Runtime::~Runtime() = default;

asio::io_context& Runtime::Next() { return *contexts_[next_++ % contexts_.size()]; }

void Runtime::Start(asio::any_io_executor executor, std::string name, asio::awaitable<void> task,
                    bool counted) {
  if (counted) {
    ++tasks_;
  }
  asio::co_spawn(executor, std::move(task),
                 [this, name = std::move(name), counted](const std::exception_ptr& error) {
                   LogEscaped(name, error);
                   if (counted) {
                     --tasks_;
                   }
                 });
}

void Runtime::Spawn(asio::any_io_executor executor, std::string name, asio::awaitable<void> task) {
  Start(std::move(executor), std::move(name), std::move(task), true);
}

void Runtime::SpawnBackground(asio::any_io_executor executor, std::string name,
                              asio::awaitable<void> task) {
  Start(std::move(executor), std::move(name), std::move(task), false);
}

void Runtime::OnDrain(std::function<void()> callback) {
  const std::lock_guard lock(mutex_);
  on_drain_.push_back(std::move(callback));
}

void Runtime::RequestDrain() {
  asio::post(*contexts_.front(), [this] { BeginDrain(); });
}

void Runtime::BeginDrain() {
  if (draining_.exchange(true)) {
    return;
  }
  log::Info("draining", {{"tasks", tasks_.load()}});
  std::vector<std::function<void()>> callbacks;
  {
    const std::lock_guard lock(mutex_);
    callbacks = on_drain_;
  }
  for (const auto& callback : callbacks) {
    callback();
  }
  WatchDrain(std::chrono::steady_clock::now() + grace_);
}

void Runtime::WatchDrain(std::chrono::steady_clock::time_point until) {
  clean_ = tasks_ == 0;
  if (clean_ || std::chrono::steady_clock::now() >= until) {
    for (auto& context : contexts_) {
      context->stop();
    }
    return;
  }
  auto timer =
      std::make_shared<asio::steady_timer>(*contexts_.front(), std::chrono::milliseconds(20));
  timer->async_wait([this, until, timer](const boost::system::error_code&) { WatchDrain(until); });
}

bool Runtime::Run(std::chrono::seconds grace) {
  grace_ = grace;
  asio::signal_set signals(*contexts_.front(), SIGTERM, SIGINT);
  signals.async_wait([this](const boost::system::error_code& error, int) {
    if (!error) {
      BeginDrain();
    }
  });
  std::vector<std::thread> threads;
  for (size_t i = 1; i < contexts_.size(); ++i) {
    threads.emplace_back([this, i] { contexts_[i]->run(); });
  }
  contexts_.front()->run();
  for (std::thread& thread : threads) {
    thread.join();
  }
  log::Info("stopped", {{"clean", clean_}, {"tasks_left", tasks_.load()}});
  return clean_;
}

asio::awaitable<void> Sleep(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  co_await timer.async_wait(token);
}

}  // namespace posthorn::runtime
