// Counters of SMTP sessions; the labels are bounded by the command table and the roles.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace posthorn::smtp {

// Thread-safe.
class SessionMetrics {
 public:
  SessionMetrics();
  ~SessionMetrics();

  // One command was answered. `row` is its index in the command table, or its size for what is no
  // command; code is the first reply's.
  void CountCommand(size_t row, int code, std::chrono::steady_clock::duration took);
  // result: "accepted", "rejected", "deferred" (RFC 5321 4.2.1: 2yz, 5yz, 4yz).
  void CountMessage(const std::string& role, int code);
  // A user has sent to as many recipients as it may in a day. Its password may be known to others.
  void CountSendingLimit();
  void CountAuthentication(const std::string& mechanism, bool accepted);
  // Clients that broke a rule that attacks break: "bare_line_end", "early_talker", ...
  void CountAbuse(const std::string& kind);

 private:
  struct Row;
  prometheus::Counter& CommandCounter(size_t row, int code);
  std::vector<std::unique_ptr<Row>> rows_;
  prometheus::Counter& sending_limit_;
};

}  // namespace posthorn::smtp
