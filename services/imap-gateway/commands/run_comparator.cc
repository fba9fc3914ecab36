#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {
namespace {

// RFC 5255 4.4: the one that SEARCH, SORT and THREAD compare with (RFC 5051).
constexpr absl::string_view kComparator = "i;unicode-casemap";

// RFC 4790 3.2: a collation-order may hold "*" for any part of a name, and "-" or "+" before it.
bool Asks(absl::string_view order) {
  if (absl::EqualsIgnoreCase(order, "default")) {
    return true;
  }
  if (absl::StartsWith(order, "+") || absl::StartsWith(order, "-")) {
    order.remove_prefix(1);
  }
  const std::size_t star = order.find('*');
  if (star == absl::string_view::npos) {
    return order == kComparator;
  }
  const absl::string_view head = order.substr(0, star);
  const absl::string_view tail = order.substr(star + 1);
  return head.size() + tail.size() <= kComparator.size() && absl::StartsWith(kComparator, head) &&
         absl::EndsWith(kComparator, tail);
}

}  // namespace

// RFC 5255 4.7.
Done RunComparator(Session& session, WordsArguments arguments) {
  if (!arguments.words.empty() &&
      std::none_of(arguments.words.begin(), arguments.words.end(), Asks)) {
    co_return No("BADCOMPARATOR", "No such comparator");
  }
  absl::StrAppend(&session.out(), "* COMPARATOR ", kComparator, "\r\n");
  co_return Ok("Comparator completed");
}

}  // namespace posthorn::imap
