// Counters of the gateway, looked up once.
#pragma once

#include <prometheus/counter.h>

#include <vector>

#include "pop3-gateway/commands/command.h"

namespace posthorn::pop3 {

class Metrics {
 public:
  Metrics();

  // Of a row of CommandTable().
  void CountCommand(const CommandRow& row, bool failed);
  // A line that is no command.
  void CountBadCommand() { bad_commands_.Increment(); }

  prometheus::Counter& logins;
  prometheus::Counter& failed_logins;
  prometheus::Counter& retrieved_messages;
  prometheus::Counter& retrieved_octets;
  prometheus::Counter& deleted_messages;
  prometheus::Counter& lost_locks;

 private:
  struct Outcomes {
    prometheus::Counter* ok;
    prometheus::Counter* failed;
  };
  std::vector<Outcomes> commands_;  // in the table's order
  prometheus::Counter& bad_commands_;
};

}  // namespace posthorn::pop3
