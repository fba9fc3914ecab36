#include "smtp-gateway/relay/data_sent_notes.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace posthorn::relay {
namespace {

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Beyond the deadline of the call, which is asked of several replicas.
constexpr std::chrono::minutes kPatience{1};
constexpr size_t kMostLeases = 1000;  // of one call

}  // namespace

struct DataSentNotes::Entry {
  Entry(std::vector<v1::Lease> its_leases, const asio::any_io_executor& executor)
      : leases(std::move(its_leases)), done(executor) {}

  const std::vector<v1::Lease> leases;
  asio::steady_timer done;  // cancelled when there is a result
  std::optional<absl::Status> result;

  void Settle(const absl::Status& status) {
    result = status;
    done.cancel();
  }
};

class DataSentNotes::Permit final : public client::EndPermit {
 public:
  Permit(DataSentNotes& notes, std::vector<v1::Lease> leases)
      : notes_(notes), entry_(std::make_shared<Entry>(std::move(leases), notes.executor_)) {}

  void Ask() override {
    notes_.asked_.push_back(entry_);
    if (!std::exchange(notes_.running_, true)) {
      asio::co_spawn(notes_.executor_, notes_.Run(), asio::detached);
    }
  }

  asio::awaitable<absl::Status> Wait() override {
    entry_->done.expires_after(kPatience);
    while (!entry_->result.has_value()) {
      const auto [woken] = co_await entry_->done.async_wait(kAwait);
      if (!woken) {
        break;
      }
    }
    co_return entry_->result.value_or(absl::DeadlineExceededError("no answer from mailstore"));
  }

 private:
  DataSentNotes& notes_;
  const std::shared_ptr<Entry> entry_;
};

std::unique_ptr<client::EndPermit> DataSentNotes::PermitFor(std::vector<v1::Lease> leases) {
  return std::make_unique<Permit>(*this, std::move(leases));
}

asio::awaitable<void> DataSentNotes::Run() {
  while (!asked_.empty()) {
    size_t leases = 0;
    auto end = asked_.begin();
    do {
      leases += (*end++)->leases.size();
    } while (end != asked_.end() && leases + (*end)->leases.size() <= kMostLeases);
    const std::vector<std::shared_ptr<Entry>> entries(asked_.begin(), end);
    asked_.erase(asked_.begin(), end);
    co_await Note(entries);
  }
  running_ = false;
}

asio::awaitable<void> DataSentNotes::Note(const std::vector<std::shared_ptr<Entry>>& entries) {
  v1::NoteDataSentRequest request;
  request.set_worker_id(worker_id_);
  for (const auto& entry : entries) {
    for (const v1::Lease& lease : entry->leases) {
      *request.add_leases() = lease;
    }
  }
  const absl::Status status = co_await source_.NoteDataSent(request);
  if (absl::IsAborted(status) && entries.size() > 1) {
    // One that is lost must not stop the others.
    for (const auto& entry : entries) {
      const std::vector<std::shared_ptr<Entry>> alone{entry};
      co_await Note(alone);
    }
    co_return;
  }
  for (const auto& entry : entries) {
    entry->Settle(status);
  }
}

}  // namespace posthorn::relay
