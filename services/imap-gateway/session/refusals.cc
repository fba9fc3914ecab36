#include "imap-gateway/session/refusals.h"

#include <array>
#include <cstddef>
#include <iterator>

#include "common/metrics/metrics.h"

namespace posthorn::imap {
namespace {

// By Refusal.
constexpr const char* kReasons[] = {"wrong_state",       "uid_required", "line_too_long",
                                    "bare_line_end",     "too_slow",     "literal_too_large",
                                    "literal_misplaced", "bad_commands"};

using Counters = std::array<prometheus::Counter*, std::size(kReasons)>;

Counters MakeCounters() {
  Counters counters;
  for (std::size_t i = 0; i < counters.size(); ++i) {
    counters[i] = &metrics::Counter("posthorn_imap_refusals_total",
                                    "What IMAP clients were refused before it was a command",
                                    {{"reason", kReasons[i]}});
  }
  return counters;
}

}  // namespace

void CountRefusal(Refusal refusal) {
  static const Counters counters = MakeCounters();
  counters[static_cast<std::size_t>(refusal)]->Increment();
}

}  // namespace posthorn::imap
