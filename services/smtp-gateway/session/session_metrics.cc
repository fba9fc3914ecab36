#include "smtp-gateway/session/session_metrics.h"

#include <array>

#include "common/metrics/metrics.h"
#include "smtp-gateway/commands/table.h"

namespace posthorn::smtp {
namespace {

constexpr int kFirstCode = 200;
constexpr int kCodes = 400;

}  // namespace

struct SessionMetrics::Row {
  std::string command;
  prometheus::Histogram* duration = nullptr;
  // By reply code, filled when first used: the registry's lock is not for every command.
  std::array<std::atomic<prometheus::Counter*>, kCodes> by_code{};
};

SessionMetrics::SessionMetrics()
    : sending_limit_(metrics::Counter("posthorn_smtp_sending_limit_total",
                                      "Messages refused because their sender has reached the "
                                      "limit of the day")) {
  for (size_t i = 0; i <= Commands().size(); ++i) {
    auto row = std::make_unique<Row>();
    row->command = i < Commands().size() ? std::string(Commands()[i].verb) : "unknown";
    row->duration =
        &metrics::Duration("posthorn_smtp_command_duration_seconds",
                           "Time to answer an SMTP command", {{"command", row->command}});
    rows_.push_back(std::move(row));
  }
}

SessionMetrics::~SessionMetrics() = default;

prometheus::Counter& SessionMetrics::CommandCounter(size_t row, int code) {
  auto& cached = rows_[row]->by_code[static_cast<size_t>(code - kFirstCode)];
  prometheus::Counter* counter = cached.load(std::memory_order_acquire);
  if (counter == nullptr) {
    counter = &metrics::Counter("posthorn_smtp_commands_total", "SMTP commands by reply code",
                                {{"command", rows_[row]->command}, {"code", std::to_string(code)}});
    cached.store(counter, std::memory_order_release);
  }
  return *counter;
}

void SessionMetrics::CountCommand(size_t row, int code, std::chrono::steady_clock::duration took) {
  if (code < kFirstCode || code >= kFirstCode + kCodes) {
    return;  // the client went away before there was a reply
  }
  CommandCounter(row, code).Increment();
  rows_[row]->duration->Observe(std::chrono::duration<double>(took).count());
}

void SessionMetrics::CountMessage(const std::string& role, int code) {
  const char* result = code < 300 ? "accepted" : code < 500 ? "deferred" : "rejected";
  metrics::Counter("posthorn_smtp_messages_total", "Messages by result",
                   {{"role", role}, {"result", result}})
      .Increment();
}

void SessionMetrics::CountSendingLimit() { sending_limit_.Increment(); }

void SessionMetrics::CountAuthentication(const std::string& mechanism, bool accepted) {
  metrics::Counter("posthorn_auth_attempts_total", "Logins by result",
                   {{"protocol", "submission"},
                    {"mechanism", mechanism},
                    {"result", accepted ? "accepted" : "refused"}})
      .Increment();
}

void SessionMetrics::CountAbuse(const std::string& kind) {
  metrics::Counter("posthorn_smtp_abuse_total", "Clients that broke the protocol as attacks do",
                   {{"kind", kind}})
      .Increment();
}

}  // namespace posthorn::smtp
