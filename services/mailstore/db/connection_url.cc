#include "mailstore/db/connection_url.h"

#include <libpq-fe.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {
namespace {

// PostgreSQL manual, 34.1.2.
constexpr struct {
  absl::string_view keyword;
  const char* value;
} kTimeouts[] = {
    {"connect_timeout", "5"},       // seconds, for each address
    {"tcp_user_timeout", "10000"},  // milliseconds
    {"keepalives_idle", "10"},      // seconds
    {"keepalives_interval", "5"},   // seconds
    {"keepalives_count", "3"},
};

const char* TimeoutFor(absl::string_view keyword) {
  for (const auto& timeout : kTimeouts) {
    if (timeout.keyword == keyword) {
      return timeout.value;
    }
  }
  return nullptr;
}

}  // namespace

std::string WithTimeouts(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree);
  if (options == nullptr) {
    return url;
  }
  std::string result;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    const char* value = option->val != nullptr ? option->val : TimeoutFor(option->keyword);
    if (value != nullptr) {
      absl::StrAppend(&result, result.empty() ? "" : " ", option->keyword, "='",
                      absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"'", "\\'"}}), "'");
    }
  }
  return result;
}

}  // namespace posthorn::store
