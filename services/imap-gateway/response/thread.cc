#include "imap-gateway/response/thread.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace posthorn::imap {

void AppendThread(std::string& out, const ThreadNodes& nodes) {
  out.append("* THREAD");
  // RFC 5256 5: thread-list = "(" (thread-members / thread-nested) ")". An only child follows its
  // parent behind a space; each of several has parentheses of its own.
  struct Open {
    std::uint32_t left;  // children of the node that are still to come
    bool nested;         // each of them has parentheses
    bool closes;         // the node's own are open
  };
  std::vector<Open> open;
  const std::size_t count = std::min(nodes.numbers.size(), nodes.children.size());
  bool first = true;
  for (std::size_t i = 0; i < count; ++i) {
    bool closes = true;
    if (open.empty()) {
      out.append(first ? " (" : "(");
      first = false;
    } else {
      Open& parent = open.back();
      --parent.left;
      closes = parent.nested;
      // Behind a node that is not there nothing has been written.
      const bool behind_number = absl::ascii_isdigit(static_cast<unsigned char>(out.back()));
      if (behind_number && (parent.nested || nodes.numbers[i] != 0)) {
        out.push_back(' ');
      }
      if (parent.nested) {
        out.push_back('(');
      }
    }
    if (nodes.numbers[i] != 0) {
      absl::StrAppend(&out, nodes.numbers[i]);
    }
    open.push_back({nodes.children[i], nodes.children[i] > 1, closes});
    while (!open.empty() && open.back().left == 0) {
      if (open.back().closes) {
        out.push_back(')');
      }
      open.pop_back();
    }
  }
  for (; !open.empty(); open.pop_back()) {
    if (open.back().closes) {
      out.push_back(')');
    }
  }
  out.append("\r\n");
}

}  // namespace posthorn::imap
