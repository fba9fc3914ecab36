#include "pop3-gateway/session/metrics.h"

#include <string>

#include "common/metrics/metrics.h"

namespace posthorn::pop3 {
namespace {

constexpr char kCommands[] = "posthorn_pop3_commands_total";
constexpr char kCommandsHelp[] = "POP3 commands answered";
constexpr char kLogins[] = "posthorn_pop3_logins_total";
constexpr char kLoginsHelp[] = "POP3 logins, with the maildrop's lock";

prometheus::Counter& CommandCounter(const std::string& command, const char* result) {
  return metrics::Counter(kCommands, kCommandsHelp, {{"command", command}, {"result", result}});
}

}  // namespace

Metrics::Metrics()
    : logins(metrics::Counter(kLogins, kLoginsHelp, {{"result", "ok"}})),
      failed_logins(metrics::Counter(kLogins, kLoginsHelp, {{"result", "failed"}})),
      retrieved_messages(metrics::Counter("posthorn_pop3_retrieved_messages_total",
                                          "Messages sent whole to POP3 clients")),
      retrieved_octets(metrics::Counter("posthorn_pop3_retrieved_octets_total",
                                        "Octets of the messages sent to POP3 clients")),
      deleted_messages(metrics::Counter("posthorn_pop3_deleted_messages_total",
                                        "Messages removed by POP3 clients at QUIT")),
      lost_locks(metrics::Counter("posthorn_pop3_lost_locks_total",
                                  "Maildrop locks that ran out under a session")),
      bad_commands_(CommandCounter("unknown", "failed")) {
  for (const CommandRow& row : CommandTable()) {
    const std::string keyword(row.keyword);
    commands_.push_back({&CommandCounter(keyword, "ok"), &CommandCounter(keyword, "failed")});
  }
}

void Metrics::CountCommand(const CommandRow& row, bool failed) {
  const Outcomes& outcomes = commands_[static_cast<size_t>(&row - CommandTable().data())];
  (failed ? outcomes.failed : outcomes.ok)->Increment();
}

}  // namespace posthorn::pop3
