#include "imap-gateway/commands/command_metrics.h"

#include <iterator>
#include <string>
#include <vector>

#include "common/metrics/metrics.h"
#include "imap-gateway/commands/command_table.h"

namespace posthorn::imap {
namespace {

constexpr const char* kResults[] = {"ok", "no", "bad", "none"};

prometheus::Counter& ResultCounter(const std::string& command, const char* result) {
  return metrics::Counter("posthorn_imap_commands_total", "IMAP commands answered",
                          {{"command", command}, {"result", result}});
}

struct RowMetrics {
  prometheus::Counter* results[std::size(kResults)];
  prometheus::Histogram* seconds;
};

// By position in the table.
const std::vector<RowMetrics>& AllRows() {
  static const std::vector<RowMetrics> rows = [] {
    std::vector<RowMetrics> made;
    for (const CommandRow& row : CommandTable()) {
      const std::string name(row.name);
      RowMetrics metrics;
      for (std::size_t i = 0; i < std::size(kResults); ++i) {
        metrics.results[i] = &ResultCounter(name, kResults[i]);
      }
      metrics.seconds =
          &metrics::Duration("posthorn_imap_command_seconds", "Time from a command to its answer",
                             {{"command", name}});
      made.push_back(metrics);
    }
    return made;
  }();
  return rows;
}

}  // namespace

void CountCommand(const CommandRow& row, Completion::Kind kind,
                  std::chrono::steady_clock::duration took) {
  const RowMetrics& metrics = AllRows()[static_cast<std::size_t>(&row - CommandTable().data())];
  metrics.results[static_cast<int>(kind)]->Increment();
  metrics.seconds->Observe(std::chrono::duration<double>(took).count());
}

void CountUnknownCommand() {
  static prometheus::Counter& counter = ResultCounter("unknown", "bad");
  counter.Increment();
}

}  // namespace posthorn::imap
