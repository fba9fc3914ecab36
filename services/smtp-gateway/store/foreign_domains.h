// Remembers for a moment which domains are served elsewhere, so that mail on its way out does not
// ask for each of its recipients. A domain that is added here is known when the moment is over.
#pragma once

#include <chrono>
#include <variant>

#include "absl/strings/string_view.h"
#include "smtp-gateway/store/timed_cache.h"

namespace posthorn::smtp {

// Thread-safe. The caller gives the time.
class ForeignDomains {
 public:
  using Clock = std::chrono::steady_clock;

  ForeignDomains(std::chrono::milliseconds lifetime, size_t capacity)
      : domains_(lifetime, capacity) {}

  // Of an address; one without a domain is never foreign.
  bool Contains(absl::string_view address, Clock::time_point now);
  void Insert(absl::string_view address, Clock::time_point now);

 private:
  TimedCache<std::monostate> domains_;
};

}  // namespace posthorn::smtp
