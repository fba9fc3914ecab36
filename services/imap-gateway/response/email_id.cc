#include "imap-gateway/response/email_id.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {

std::string FormatEmailId(const EmailId& id) {
  return absl::StrCat("M", id.account, "-", id.content);
}

std::optional<EmailId> ParseEmailId(absl::string_view text) {
  const std::size_t dash = text.find('-');
  if (!absl::StartsWith(text, "M") || dash == absl::string_view::npos) {
    return std::nullopt;
  }
  EmailId id;
  if (!absl::SimpleAtoi(text.substr(1, dash - 1), &id.account) ||
      !absl::SimpleAtoi(text.substr(dash + 1), &id.content) || FormatEmailId(id) != text) {
    return std::nullopt;
  }
  return id;
}

}  // namespace posthorn::imap
