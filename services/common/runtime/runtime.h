// The threads of a service: one io_context per thread, a session lives on one of them.
// SIGTERM and SIGINT begin a drain: Draining() turns true, the callbacks run, and Run() returns
// when the tasks have ended or the grace period is over.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace posthorn::runtime {

namespace asio = boost::asio;

class Runtime {
 public:
  // threads 0: one per CPU that the process may use.
  explicit Runtime(unsigned threads = 0);
  ~Runtime();

  asio::io_context& context(size_t index) { return *contexts_[index]; }
  size_t size() const { return contexts_.size(); }
  // The contexts in turn, from any thread.
  asio::io_context& Next();

  // Runs a coroutine as a task that a drain waits for. An exception that leaves it is logged.
  void Spawn(asio::any_io_executor executor, std::string name, asio::awaitable<void> task);
  // One that a drain does not wait for: it must end with the process.
  void SpawnBackground(asio::any_io_executor executor, std::string name,
                       asio::awaitable<void> task);

  // Called once on context 0 when a drain begins, in the order of registration.
  void OnDrain(std::function<void()> callback);
  bool Draining() const { return draining_; }
  size_t tasks() const { return tasks_; }

  // Runs until a signal and the end of the drain, at most `grace` after the signal. True if every
  // task ended by itself.
  bool Run(std::chrono::seconds grace);

  // As a signal does; from any thread.
  void RequestDrain();

 private:
  struct Task;
  void Start(asio::any_io_executor executor, std::string name, asio::awaitable<void> task,
             bool counted);
  void BeginDrain();
  void WatchDrain(std::chrono::steady_clock::time_point until);

  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
  std::vector<std::function<void()>> on_drain_;
  std::mutex mutex_;
  std::atomic<size_t> next_ = 0;
  std::atomic<size_t> tasks_ = 0;
  std::atomic<bool> draining_ = false;
  std::chrono::seconds grace_{0};
  bool clean_ = false;
};

// Suspends the coroutine.
asio::awaitable<void> Sleep(std::chrono::milliseconds duration);

}  // namespace posthorn::runtime
