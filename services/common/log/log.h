// Structured logs on stdout, through spdlog: one JSON object (or one line of text) an event. Never
// blocks: when the reader of stdout is slow the oldest lines are dropped and counted.
// Passwords, message content and tickets are never logged.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace posthorn::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// A named value of an event. "session" is the key for a session's id, on both sides of an RPC.
class Field {
 public:
  Field(std::string_view key, std::string_view value);
  Field(std::string_view key, const std::string& value) : Field(key, std::string_view(value)) {}
  Field(std::string_view key, const char* value) : Field(key, std::string_view(value)) {}
  Field(std::string_view key, bool value) : key_(key), json_(value ? "true" : "false") {}
  template <class Number, class = std::enable_if_t<std::is_arithmetic_v<Number>>>
  Field(std::string_view key, Number value) : key_(key), json_(std::to_string(value)) {}

  std::string_view key() const { return key_; }
  std::string_view json() const { return json_; }

 private:
  std::string_view key_;
  std::string json_;
};

using Fields = std::initializer_list<Field>;

// Call once, before anything logs. format: "json" or "text"; level: debug, info, warning, error.
// False for an unknown format or level.
bool Start(std::string_view service, std::string_view level, std::string_view format);
// Writes out what is queued; nothing may log after it.
void Stop();

bool Enabled(Level level);
void Write(Level level, std::string_view message, Fields fields);

inline void Debug(std::string_view message, Fields fields = {}) {
  if (Enabled(Level::kDebug)) {
    Write(Level::kDebug, message, fields);
  }
}
inline void Info(std::string_view message, Fields fields = {}) {
  Write(Level::kInfo, message, fields);
}
inline void Warning(std::string_view message, Fields fields = {}) {
  Write(Level::kWarning, message, fields);
}
inline void Error(std::string_view message, Fields fields = {}) {
  Write(Level::kError, message, fields);
}

// The octets as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD.
std::string JsonString(std::string_view octets);

}  // namespace posthorn::log
