#include "mailstore/changes/replica_feed.h"

#include <algorithm>
#include <chrono>
#include <pqxx/notification.hxx>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/log/log.h"
#include "mailstore/db/sql_error.h"

namespace posthorn::store {
namespace {

constexpr char kChannel[] = "posthorn_changes";
constexpr std::chrono::milliseconds kGather{10};
constexpr std::chrono::milliseconds kReconnect{500};
// A payload must be shorter than 8,000 octets.
constexpr size_t kMaxPayload = 7'900;

std::string RandomName() {
  absl::BitGen random;
  return absl::StrCat(absl::Hex(absl::Uniform<uint64_t>(random), absl::kZeroPad16));
}

// "replica a.m.s a.m.s ...", as many as fit each.
std::vector<std::string> Payloads(const std::string& replica,
                                  const absl::flat_hash_map<MailboxKey, ModSeq>& changes) {
  std::vector<std::string> payloads;
  std::string payload = replica;
  for (const auto& [mailbox, modseq] : changes) {
    const std::string item = absl::StrCat(" ", mailbox.account.value(), ".",
                                          mailbox.mailbox.value(), ".", modseq.value());
    if (payload.size() + item.size() > kMaxPayload) {
      payloads.push_back(std::exchange(payload, replica));
    }
    payload += item;
  }
  payloads.push_back(std::move(payload));
  return payloads;
}

class Receiver final : public pqxx::notification_receiver {
 public:
  Receiver(Session& session, std::function<void(const std::string&)> receive)
      : pqxx::notification_receiver(session, kChannel), receive_(std::move(receive)) {}
  void operator()(const std::string& payload, int) override { receive_(payload); }

 private:
  std::function<void(const std::string&)> receive_;
};

ConnectionOptions Asynchronous(ConnectionOptions options) {
  options.synchronous_commit = false;
  return options;
}

}  // namespace

ReplicaFeed::ReplicaFeed(ConnectionOptions options, ChangeHub* hub)
    : options_(Asynchronous(std::move(options))), hub_(hub), replica_(RandomName()) {
  notifier_ = std::thread([this] { Notify(); });
  listener_ = std::thread([this] { Listen(); });
}

ReplicaFeed::~ReplicaFeed() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  notifier_.join();
  listener_.join();
}

void ReplicaFeed::Send(absl::Span<const MailboxChange> changes) {
  std::lock_guard lock(mutex_);
  const bool idle = pending_.empty();
  for (const MailboxChange& change : changes) {
    ModSeq& modseq = pending_[change.mailbox];
    modseq = std::max(modseq, change.modseq);
  }
  if (idle) {
    wake_.notify_all();
  }
}

void ReplicaFeed::Notify() {
  Connection connection(options_);
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !pending_.empty(); });
    if (stopping_) {
      return;
    }
    const auto changes = std::exchange(pending_, {});
    lock.unlock();
    std::string sql;
    for (const std::string& payload : Payloads(replica_, changes)) {
      absl::StrAppend(&sql, "NOTIFY ", kChannel, ", '", payload, "';");
    }
    // A lost notification costs time only: watchers poll too.
    const absl::Status status = RunGuarded<absl::Status>(connection, [&sql](Connection& c) {
      c.ExecText("feed.notify", sql);
      return absl::OkStatus();
    });
    if (!status.ok()) {
      log::Warning("changes not sent to other replicas",
                   {{"error", std::string(status.message())}});
    }
    lock.lock();
    wake_.wait_for(lock, kGather, [this] { return stopping_; });
  }
}

void ReplicaFeed::Listen() {
  Connection connection(options_);
  bool first = true;
  for (;;) {
    try {
      connection.Open();
      Receiver receiver(connection.session(), [this](const std::string& p) { Receive(p); });
      if (!std::exchange(first, false)) {
        hub_->Resync();
      }
      for (;;) {
        {
          std::lock_guard lock(mutex_);
          if (stopping_) {
            return;
          }
        }
        connection.session().await_notification(0, 500'000);
      }
    } catch (...) {
      const SqlError error = DescribeCurrentException();
      log::Warning("change feed interrupted", {{"error", std::string(error.status.message())}});
    }
    connection.Disconnect();
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, kReconnect, [this] { return stopping_; })) {
      return;
    }
  }
}

void ReplicaFeed::Receive(const std::string& payload) {
  std::vector<MailboxChange> changes;
  bool sender = true;
  for (const absl::string_view item : absl::StrSplit(payload, ' ')) {
    if (std::exchange(sender, false)) {
      if (item == replica_) {
        return;
      }
      continue;
    }
    const std::vector<absl::string_view> numbers = absl::StrSplit(item, '.');
    uint64_t account = 0;
    int32_t mailbox = 0;
    int64_t modseq = 0;
    if (numbers.size() == 3 && absl::SimpleAtoi(numbers[0], &account) &&
        absl::SimpleAtoi(numbers[1], &mailbox) && absl::SimpleAtoi(numbers[2], &modseq)) {
      changes.push_back({{AccountId(account), MailboxId(mailbox)}, ModSeq(modseq)});
    }
  }
  hub_->Publish(changes);
}

}  // namespace posthorn::store
