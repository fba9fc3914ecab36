#include "mail/message_ids.h"

namespace posthorn::mail {
namespace {

// Without quotes, backslashes and white space: <"01KF8"@x.org> and <01KF8@x.org> are the same.
std::string Normal(absl::string_view id) {
  std::string out;
  for (const char c : id) {
    if (c != '"' && c != '\\' && c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> MessageIds(absl::string_view value) {
  std::vector<std::string> ids;
  size_t open = value.find('<');
  while (open != absl::string_view::npos) {
    const size_t end = value.find_first_of("<>", open + 1);
    if (end == absl::string_view::npos) {
      break;
    }
    if (value[end] == '>') {
      std::string id = Normal(value.substr(open + 1, end - open - 1));
      const size_t at = id.find('@');
      if (at != std::string::npos && at > 0 && at + 1 < id.size()) {
        ids.push_back(std::move(id));
      }
    }
    open = value[end] == '<' ? end : value.find('<', end);
  }
  return ids;
}

}  // namespace posthorn::mail
