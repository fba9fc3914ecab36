#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "imap-gateway/view/view.h"

namespace posthorn::imap {

// Lets sessions of this process that see the same messages of a mailbox hold their UIDs once.
// Keeps none itself. Thread-safe.
class ViewPool {
 public:
  // The account that has the mailbox, and its number there.
  using Mailbox = std::pair<std::uint64_t, std::uint32_t>;

  // Gives the view the runs of an equal one, or offers its own to those that come. To be called
  // whenever a view has changed.
  void Share(Mailbox mailbox, View& view);

  // Mailboxes of which there may be views.
  std::size_t size() const;

 private:
  using Offers = std::vector<std::weak_ptr<View::Runs>>;  // the latest last

  void Sweep();

  mutable std::mutex mutex_;
  absl::flat_hash_map<Mailbox, Offers> offers_;  // guarded by mutex_
  std::size_t sweep_at_ = 64;                    // guarded by mutex_
};

}  // namespace posthorn::imap
