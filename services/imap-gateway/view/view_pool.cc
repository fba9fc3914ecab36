#include "imap-gateway/view/view_pool.h"

#include <algorithm>

namespace posthorn::imap {
namespace {

// Fewer cost less than it costs to share them.
constexpr std::size_t kWorthSharing = 64;
// Sessions tell changes at times of their own, so a few states of a mailbox live side by side.
constexpr std::size_t kMaxOffers = 4;

}  // namespace

void ViewPool::Share(Mailbox mailbox, View& view) {
  if (view.runs_->shared || view.runs_->list.size() < kWorthSharing) {
    return;
  }
  if (const auto& list = view.runs_->list; list.capacity() > list.size() + list.size() / 8) {
    view.runs_->list.shrink_to_fit();
  }
  const std::lock_guard lock(mutex_);
  if (offers_.size() >= sweep_at_) {
    Sweep();
  }
  Offers& offers = offers_[mailbox];
  std::erase_if(offers, [](const auto& offer) { return offer.expired(); });
  for (const auto& offer : offers) {
    const std::shared_ptr<View::Runs> runs = offer.lock();
    if (runs != nullptr && runs->size == view.runs_->size && runs->list == view.runs_->list) {
      view.runs_ = runs;
      return;
    }
  }
  if (offers.size() == kMaxOffers) {
    offers.erase(offers.begin());
  }
  view.runs_->shared = true;
  offers.push_back(view.runs_);
}

std::size_t ViewPool::size() const {
  const std::lock_guard lock(mutex_);
  return offers_.size();
}

// What is left of mailboxes that nobody has selected any more.
void ViewPool::Sweep() {
  absl::erase_if(offers_, [](const auto& entry) {
    return std::all_of(entry.second.begin(), entry.second.end(),
                       [](const auto& offer) { return offer.expired(); });
  });
  sweep_at_ = 2 * offers_.size() + 64;
}

}  // namespace posthorn::imap
