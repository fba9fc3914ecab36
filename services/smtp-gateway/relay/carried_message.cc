#include "smtp-gateway/relay/carried_message.h"

#include <algorithm>
#include <utility>

namespace posthorn::relay {
namespace {

class CarriedBody final : public client::Body {
 public:
  explicit CarriedBody(std::shared_ptr<const v1::QueuedMessage> message)
      : message_(std::move(message)), rest_(message_->octets()) {}

  asio::awaitable<absl::StatusOr<absl::string_view>> Next() override {
    co_return std::exchange(rest_, {});
  }

 private:
  const std::shared_ptr<const v1::QueuedMessage> message_;
  absl::string_view rest_;
};

class Permit final : public client::EndPermit {
 public:
  Permit(const Leases& held, DataSentNotes& notes, std::vector<v1::Lease> leases)
      : held_(held), notes_(notes), leases_(std::move(leases)) {}

  void Ask() override {
    if (!Certain()) {
      AskNote();
    }
  }
  asio::awaitable<absl::Status> Wait() override {
    // Sending may have taken long.
    if (note_ == nullptr) {
      if (Certain()) {
        co_return absl::OkStatus();
      }
      AskNote();
    }
    co_return co_await note_->Wait();
  }

 private:
  bool Certain() const {
    const auto now = Leases::Clock::now();
    return std::all_of(leases_.begin(), leases_.end(), [&](const v1::Lease& lease) {
      return held_.IsCertain(lease.recipient_id(), now);
    });
  }
  void AskNote() {
    note_ = notes_.PermitFor(std::move(leases_));
    note_->Ask();
  }

  const Leases& held_;
  DataSentNotes& notes_;
  std::vector<v1::Lease> leases_;  // until there is a note
  std::unique_ptr<client::EndPermit> note_;
};

}  // namespace

std::unique_ptr<client::Body> OpenCarried(std::shared_ptr<const v1::QueuedMessage> message) {
  return std::make_unique<CarriedBody>(std::move(message));
}

std::unique_ptr<client::EndPermit> PermitWhileHeld(const Leases& held, DataSentNotes& notes,
                                                   std::vector<v1::Lease> leases) {
  return std::make_unique<Permit>(held, notes, std::move(leases));
}

}  // namespace posthorn::relay
