#include "mailstore/changes/change_hub.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace posthorn::store {

namespace asio = boost::asio;

void MailboxChange::Extend(const MailboxChange& next) {
  const bool follows = since != ModSeq(0) && next.since == modseq &&
                       changed.size() + next.changed.size() <= kMostChanged;
  modseq = std::max(modseq, next.modseq);
  if (!follows) {
    since = ModSeq(0);
    changed.clear();
    return;
  }
  changed.insert(changed.end(), next.changed.begin(), next.changed.end());
}

asio::awaitable<Watcher::Batch> Watcher::Next() {
  for (;;) {
    Batch batch;
    {
      std::lock_guard lock(mutex_);
      waking_ = false;
      for (auto& [mailbox, change] : pending_) {
        batch.changes.push_back(std::move(change));
      }
      pending_.clear();
      batch.resync = std::exchange(resync_, false);
      batch.closed = closed_;
    }
    if (!batch.changes.empty() || batch.resync || batch.closed) {
      co_return batch;
    }
    // Whoever adds something posts a cancel to this executor, so it cannot come before the wait.
    wake_.expires_at(asio::steady_timer::time_point::max());
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

void Watcher::Close(const std::shared_ptr<Watcher>& watcher) {
  {
    std::lock_guard lock(watcher->mutex_);
    watcher->closed_ = true;
  }
  Wake(watcher);
}

void Watcher::Add(const MailboxChange& change) {
  std::lock_guard lock(mutex_);
  const auto [pending, is_first] = pending_.emplace(change.mailbox, change);
  if (!is_first) {
    pending->second.Extend(change);
  }
}

void Watcher::Wake(const std::shared_ptr<Watcher>& watcher) {
  {
    std::lock_guard lock(watcher->mutex_);
    if (std::exchange(watcher->waking_, true)) {
      return;
    }
  }
  asio::post(watcher->executor_, [watcher] { watcher->wake_.cancel(); });
}

void ChangeHub::Watch(const std::shared_ptr<Watcher>& watcher,
                      absl::Span<const MailboxKey> mailboxes) {
  std::lock_guard lock(mutex_);
  if (closed_) {
    Watcher::Close(watcher);
    return;
  }
  auto& watched = by_watcher_[watcher];
  for (const MailboxKey& mailbox : mailboxes) {
    watched.insert(mailbox);
    by_mailbox_[mailbox].insert(watcher);
  }
}

void ChangeHub::Unwatch(const std::shared_ptr<Watcher>& watcher,
                        absl::Span<const MailboxKey> mailboxes) {
  std::lock_guard lock(mutex_);
  const auto watched = by_watcher_.find(watcher);
  if (watched == by_watcher_.end()) {
    return;
  }
  for (const MailboxKey& mailbox : mailboxes) {
    watched->second.erase(mailbox);
    const auto it = by_mailbox_.find(mailbox);
    if (it != by_mailbox_.end() && it->second.erase(watcher) > 0 && it->second.empty()) {
      by_mailbox_.erase(it);
    }
  }
}

void ChangeHub::Leave(const std::shared_ptr<Watcher>& watcher) {
  std::vector<MailboxKey> mailboxes;
  {
    std::lock_guard lock(mutex_);
    const auto it = by_watcher_.find(watcher);
    if (it == by_watcher_.end()) {
      return;
    }
    mailboxes.assign(it->second.begin(), it->second.end());
  }
  Unwatch(watcher, mailboxes);
  std::lock_guard lock(mutex_);
  by_watcher_.erase(watcher);
}

void ChangeHub::Publish(absl::Span<const MailboxChange> changes) {
  absl::flat_hash_set<std::shared_ptr<Watcher>> told;
  {
    std::lock_guard lock(mutex_);
    for (const MailboxChange& change : changes) {
      const auto it = by_mailbox_.find(change.mailbox);
      if (it == by_mailbox_.end()) {
        continue;
      }
      for (const auto& watcher : it->second) {
        watcher->Add(change);
        told.insert(watcher);
      }
    }
  }
  for (const auto& watcher : told) {
    Watcher::Wake(watcher);
  }
}

void ChangeHub::Resync() {
  std::lock_guard lock(mutex_);
  for (const auto& [watcher, mailboxes] : by_watcher_) {
    {
      std::lock_guard inner(watcher->mutex_);
      watcher->resync_ = true;
    }
    Watcher::Wake(watcher);
  }
}

void ChangeHub::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [watcher, mailboxes] : by_watcher_) {
    Watcher::Close(watcher);
  }
}

std::vector<MailboxKey> ChangeHub::Watched() const {
  std::lock_guard lock(mutex_);
  std::vector<MailboxKey> mailboxes;
  mailboxes.reserve(by_mailbox_.size());
  for (const auto& [mailbox, watchers] : by_mailbox_) {
    mailboxes.push_back(mailbox);
  }
  return mailboxes;
}

}  // namespace posthorn::store
