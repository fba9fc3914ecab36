#include "mailstore/access/shared_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace posthorn::store {

bool IsSharedName(absl::string_view name) {
  return absl::ConsumePrefix(&name, kOtherUsers) && (name.empty() || name.front() == '/');
}

std::optional<SharedName> ParseSharedName(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, kOtherUsers) || !absl::ConsumePrefix(&name, "/")) {
    return std::nullopt;
  }
  // A local part may have a slash (RFC 5321 4.1.2), a domain has none.
  const size_t at = name.find('@');
  if (at == absl::string_view::npos) {
    return std::nullopt;
  }
  const size_t slash = name.find('/', at);
  SharedName shared{.address = std::string(name.substr(0, slash))};
  if (slash != absl::string_view::npos) {
    shared.mailbox = std::string(name.substr(slash + 1));
  }
  return shared;
}

std::string MakeSharedName(absl::string_view address, absl::string_view mailbox) {
  return absl::StrCat(kOtherUsers, "/", address, "/", mailbox);
}

}  // namespace posthorn::store
