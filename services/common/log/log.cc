#include "common/log/log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace posthorn::log {
namespace {

constexpr size_t kQueuedLines = 8192;

struct State {
  std::shared_ptr<spdlog::logger> logger;
  std::string service;
  bool json = true;
};

State& TheState() {
  static State state;
  return state;
}

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

std::string JsonString(std::string_view octets) {
  return nlohmann::json(octets).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Field::Field(std::string_view key, std::string_view value) : key_(key), json_(JsonString(value)) {}

bool Start(std::string_view service, std::string_view level, std::string_view format) {
  const auto parsed = spdlog::level::from_str(std::string(level));
  if ((parsed == spdlog::level::off && level != "off") || (format != "json" && format != "text")) {
    return false;
  }
  State& state = TheState();
  state.service = service;
  state.json = format == "json";
  spdlog::init_thread_pool(kQueuedLines, 1);
  auto sink = std::make_shared<spdlog::sinks::stdout_sink_mt>();
  state.logger = std::make_shared<spdlog::async_logger>(
      "posthorn", sink, spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
  state.logger->set_level(parsed);
  state.logger->flush_on(spdlog::level::info);
  state.logger->set_pattern(state.json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                       : "%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                            spdlog::pattern_time_type::utc);
  return true;
}

void Stop() {
  TheState().logger.reset();
  spdlog::shutdown();
}

bool Enabled(Level level) {
  const auto& logger = TheState().logger;
  return logger && logger->should_log(ToSpdlog(level));
}

void Write(Level level, std::string_view message, Fields fields) {
  if (!Enabled(level)) {
    return;
  }
  const State& state = TheState();
  std::string line;
  if (state.json) {
    line.append("\"service\":").append(JsonString(state.service));
    line.append(",\"message\":").append(JsonString(message));
    for (const Field& field : fields) {
      line.append(",\"").append(field.key()).append("\":").append(field.json());
    }
  } else {
    line.append(message);
    for (const Field& field : fields) {
      line.append(" ").append(field.key()).append("=").append(field.json());
    }
  }
  state.logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace posthorn::log
