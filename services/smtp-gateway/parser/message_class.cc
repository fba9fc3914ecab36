#include "smtp-gateway/parser/message_class.h"

#include "absl/strings/ascii.h"

namespace posthorn::smtp {
namespace {

constexpr size_t kMaxKeywords = 1'000;  // octets

bool IsKeyword(std::string_view word) {
  if (word.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(word.front()))) {
    return false;
  }
  for (const char c : word) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view(".-_:").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<int> ParsePriority(std::string_view value) {
  const bool negative = value.starts_with('-');
  value.remove_prefix(negative ? 1 : 0);
  if (value.size() != 1 || value.front() < (negative ? '1' : '0') || value.front() > '9') {
    return std::nullopt;
  }
  const int priority = value.front() - '0';
  return negative ? -priority : priority;
}

bool AreSolicitationKeywords(std::string_view value) {
  if (value.size() > kMaxKeywords) {
    return false;
  }
  while (true) {
    const size_t comma = value.find(',');
    if (!IsKeyword(value.substr(0, comma))) {
      return false;
    }
    if (comma == std::string_view::npos) {
      return true;
    }
    value.remove_prefix(comma + 1);
  }
}

}  // namespace posthorn::smtp
