// Counters of filters; the labels are bounded by the flags and by what verdicts there are.
#pragma once

#include <chrono>
#include <string>

namespace posthorn::filter {

// Thread-safe.
class FilterMetrics {
 public:
  // verdict: "deliver", "junk", "reject", "tempfail", "discard".
  void CountVerdict(const std::string& filter, const std::string& verdict,
                    std::chrono::steady_clock::duration took) const;
  // A milter has refused a command: "reject" or "tempfail".
  void CountRefusal(const std::string& filter, const std::string& verdict) const;
  // There was no answer.
  void CountFailure(const std::string& filter) const;
  // The message was too large to be looked at.
  void CountTooLarge(const std::string& filter) const;
};

}  // namespace posthorn::filter
