#include "imap-gateway/changes/change_hub.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "common/metrics/metrics.h"
#include "imap-gateway/changes/replica_feed.h"

namespace posthorn::imap {
namespace {

// One registration, shared by the session's Watch and the hub.
struct Watcher {
  asio::any_io_executor executor;
  ChangeHub::Callback callback;  // used on `executor` only, empty once the watch has ended
};

void Notify(const std::shared_ptr<Watcher>& watcher, const ChangePtr& change) {
  asio::post(watcher->executor, [watcher, change] {
    if (watcher->callback) {
      watcher->callback(change);
    }
  });
}

}  // namespace

// Everything runs on context 0.
class ChangeHub::Impl : public std::enable_shared_from_this<ChangeHub::Impl> {
 public:
  Impl(runtime::Runtime& runtime, rpc::MailstorePool& pool)
      : runtime_(runtime),
        pool_(pool),
        executor_(runtime.context(0).get_executor()),
        changes_(metrics::Counter("posthorn_imap_changes_total",
                                  "Changes of watched mailboxes told by mailstore")),
        lost_(metrics::Counter("posthorn_imap_change_feeds_lost_total",
                               "Streams of changes that ended")),
        watched_(metrics::Gauge("posthorn_imap_watched_mailboxes", "Mailboxes watched")) {}

  const asio::any_io_executor& executor() const { return executor_; }

  void Add(const MailboxKey& key, const std::shared_ptr<Watcher>& watcher) {
    Mailbox& mailbox = mailboxes_[key];
    mailbox.watchers.insert(watcher);
    watched_.Set(static_cast<double>(mailboxes_.size()));
    if (!mailbox.feed) {
      Assign(key, mailbox);
    }
  }

  void Remove(const MailboxKey& key, const std::shared_ptr<Watcher>& watcher) {
    const auto found = mailboxes_.find(key);
    if (found == mailboxes_.end()) {
      return;
    }
    found->second.watchers.erase(watcher);
    if (found->second.watchers.empty()) {
      if (found->second.feed) {
        found->second.feed->Unwatch(key);
      }
      mailboxes_.erase(found);
      watched_.Set(static_cast<double>(mailboxes_.size()));
    }
  }

  // The set of replicas is another one: feeds are started and stopped, mailboxes change sides.
  void SetReplicas(const std::vector<rpc::ReplicaPtr>& replicas) {
    absl::flat_hash_map<std::string, std::shared_ptr<ReplicaFeed>> feeds;
    for (const rpc::ReplicaPtr& replica : replicas) {
      const auto known = feeds_.find(replica->address());
      const bool same = known != feeds_.end() && known->second->replica() == replica;
      feeds[replica->address()] = same ? known->second : StartFeed(replica);
    }
    for (const auto& [address, feed] : feeds_) {
      if (const auto kept = feeds.find(address); kept == feeds.end() || kept->second != feed) {
        feed->Stop();
      }
    }
    feeds_ = std::move(feeds);
    AssignAll();
  }

  void StopAll() {
    for (const auto& [address, feed] : feeds_) {
      feed->Stop();
    }
  }

 private:
  struct Mailbox {
    absl::flat_hash_set<std::shared_ptr<Watcher>> watchers;
    std::shared_ptr<ReplicaFeed> feed;
  };

  std::shared_ptr<ReplicaFeed> StartFeed(const rpc::ReplicaPtr& replica) {
    const std::weak_ptr<Impl> weak = weak_from_this();
    ReplicaFeed::Events events;
    events.changed = [weak](const MailboxKey& key, const ChangePtr& change) {
      if (const auto self = weak.lock()) {
        self->Changed(key, change);
      }
    };
    events.lost = [weak] {
      if (const auto self = weak.lock()) {
        self->lost_.Increment();
        self->AssignAll();
      }
    };
    events.connected = [weak, address = replica->address()] {
      if (const auto self = weak.lock()) {
        self->AssignAll();
        self->NotifyWatchedBy(address);
      }
    };
    auto feed = std::make_shared<ReplicaFeed>(executor_, replica, std::move(events));
    runtime_.SpawnBackground(executor_, "changes", feed->Run());
    return feed;
  }

  void Assign(const MailboxKey& key, Mailbox& mailbox) {
    std::shared_ptr<ReplicaFeed> feed;
    for (const rpc::ReplicaPtr& replica : pool_.Ranked(rpc::KeyOf(key.first))) {
      if (const auto found = feeds_.find(replica->address()); found != feeds_.end()) {
        feed = found->second;
        break;
      }
    }
    if (mailbox.feed && mailbox.feed != feed) {
      mailbox.feed->Unwatch(key);
    }
    mailbox.feed = feed;
    if (feed) {
      feed->Watch(key);
    }
  }

  // A mailbox that changes sides may have missed something between them.
  void AssignAll() {
    for (auto& [key, mailbox] : mailboxes_) {
      const std::shared_ptr<ReplicaFeed> before = mailbox.feed;
      Assign(key, mailbox);
      if (mailbox.feed != before) {
        NotifyAll(mailbox, std::make_shared<const v1::Change>());
      }
    }
  }

  void NotifyWatchedBy(const std::string& address) {
    for (const auto& [key, mailbox] : mailboxes_) {
      if (mailbox.feed && mailbox.feed->replica()->address() == address) {
        NotifyAll(mailbox, std::make_shared<const v1::Change>());
      }
    }
  }

  static void NotifyAll(const Mailbox& mailbox, const ChangePtr& change) {
    for (const std::shared_ptr<Watcher>& watcher : mailbox.watchers) {
      Notify(watcher, change);
    }
  }

  void Changed(const MailboxKey& key, const ChangePtr& change) {
    changes_.Increment();
    const auto found = mailboxes_.find(key);
    if (found == mailboxes_.end()) {
      return;
    }
    NotifyAll(found->second, change);
  }

  runtime::Runtime& runtime_;
  rpc::MailstorePool& pool_;
  asio::any_io_executor executor_;
  prometheus::Counter& changes_;
  prometheus::Counter& lost_;
  prometheus::Gauge& watched_;
  absl::flat_hash_map<MailboxKey, Mailbox> mailboxes_;
  absl::flat_hash_map<std::string, std::shared_ptr<ReplicaFeed>> feeds_;
};

ChangeHub::ChangeHub(runtime::Runtime& runtime, rpc::MailstorePool& pool)
    : impl_(std::make_shared<Impl>(runtime, pool)) {
  const std::weak_ptr<Impl> weak = impl_;
  pool.OnChange([weak](const std::vector<rpc::ReplicaPtr>& replicas) {
    if (const auto impl = weak.lock()) {
      impl->SetReplicas(replicas);
    }
  });
  runtime.OnDrain([weak] {
    if (const auto impl = weak.lock()) {
      impl->StopAll();
    }
  });
}

ChangeHub::~ChangeHub() = default;

std::unique_ptr<Watch> ChangeHub::Add(std::uint64_t account_id, std::uint32_t mailbox_id,
                                      asio::any_io_executor executor, Callback callback) {
  class Registration final : public Watch {
   public:
    Registration(std::shared_ptr<Impl> impl, MailboxKey key, std::shared_ptr<Watcher> watcher)
        : impl_(std::move(impl)), key_(key), watcher_(std::move(watcher)) {}
    ~Registration() override {
      watcher_->callback = nullptr;
      const asio::any_io_executor executor = impl_->executor();
      asio::post(executor,
                 [impl = impl_, key = key_, watcher = watcher_] { impl->Remove(key, watcher); });
    }

   private:
    std::shared_ptr<Impl> impl_;
    MailboxKey key_;
    std::shared_ptr<Watcher> watcher_;
  };
  auto watcher = std::make_shared<Watcher>(Watcher{std::move(executor), std::move(callback)});
  const MailboxKey key{account_id, mailbox_id};
  asio::post(impl_->executor(), [impl = impl_, key, watcher] { impl->Add(key, watcher); });
  return std::make_unique<Registration>(impl_, key, std::move(watcher));
}

}  // namespace posthorn::imap
