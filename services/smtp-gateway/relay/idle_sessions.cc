#include "smtp-gateway/relay/idle_sessions.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "smtp-gateway/relay/relay_metrics.h"
#include "smtp-gateway/relay/worker_context.h"

namespace posthorn::relay {

struct IdleSessions::Entry {
  Entry(std::string its_key, std::unique_ptr<Kept> its_kept, std::chrono::milliseconds time)
      : key(std::move(its_key)),
        executor(its_kept->home->executor),
        over(executor, time),
        kept(std::move(its_kept)) {}

  const std::string key;
  const asio::any_io_executor executor;
  asio::steady_timer over;     // on the executor
  std::unique_ptr<Kept> kept;  // with the mutex; null: a run has it
};

IdleSessions::IdleSessions(IdleOptions options, Spawn spawn)
    : options_(options), spawn_(std::move(spawn)) {}

IdleSessions::~IdleSessions() = default;

std::string IdleSessions::KeyOf(const v1::Work& work) {
  return work.slot().site() + '\0' + work.route().SerializeAsString();
}

void IdleSessions::Wake(const std::shared_ptr<Entry>& entry) {
  asio::post(entry->executor, [entry] { entry->over.cancel(); });
}

std::unique_ptr<IdleSessions::Kept> IdleSessions::Begin(const std::string& key) {
  const std::lock_guard lock(mutex_);
  ++running_;
  // The latest is the least likely to be closed.
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(),
                                  [&](const auto& entry) { return entry->key == key; });
  if (found != entries_.rend()) {
    const std::shared_ptr<Entry> entry = *found;
    entries_.erase(std::next(found).base());
    Wake(entry);
    return std::move(entry->kept);
  }
  while (!entries_.empty() && running_ + entries_.size() > options_.connections) {
    Wake(entries_.front());
    entries_.pop_front();
  }
  return nullptr;
}

bool IdleSessions::Keep(const std::string& key, Kept& kept) {
  std::shared_ptr<Entry> entry;
  {
    const std::lock_guard lock(mutex_);
    const auto of_a_site = std::count_if(entries_.begin(), entries_.end(),
                                         [&](const auto& other) { return other->key == key; });
    // The run that gives it is among those that are running.
    if (draining_ || options_.time.count() == 0 ||
        running_ + entries_.size() > options_.connections ||
        static_cast<size_t>(of_a_site) >= options_.of_a_site) {
      return false;
    }
    entry = std::make_shared<Entry>(key, std::make_unique<Kept>(std::move(kept)), options_.time);
    entries_.push_back(entry);
  }
  spawn_(entry->executor, Watch(entry));
  return true;
}

void IdleSessions::End() {
  const std::lock_guard lock(mutex_);
  --running_;
}

void IdleSessions::Drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& entry : entries_) {
    Wake(entry);
  }
  entries_.clear();
}

asio::awaitable<void> IdleSessions::Watch(std::shared_ptr<Entry> entry) {
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  const auto [cancelled] = co_await entry->over.async_wait(token);
  static_cast<void>(cancelled);
  std::unique_ptr<Kept> kept;
  {
    const std::lock_guard lock(mutex_);
    kept = std::move(entry->kept);
    entries_.remove(entry);
  }
  if (kept) {
    co_await kept->session.connection->Quit();
    metrics::AddOpenConnections(-1);
  }
}

}  // namespace posthorn::relay
