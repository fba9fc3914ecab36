#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {
namespace {

// RFC 5255 4.4: the one that SEARCH, SORT and THREAD compare with (RFC 5051).
constexpr absl::string_view kComparator = "i;unicode-casemap";

// RFC 4790 3.2: "*" in a name stands for any octets, or none.
bool Matches(absl::string_view wild, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(wild, '*');
  if (parts.size() == 1) {
    return wild == name;
  }
  if (!absl::ConsumePrefix(&name, parts.front()) || !absl::ConsumeSuffix(&name, parts.back())) {
    return false;
  }
  for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
    const std::size_t at = name.find(parts[i]);
    if (at == absl::string_view::npos) {
      return false;
    }
    name.remove_prefix(at + parts[i].size());
  }
  return true;
}

// RFC 4790 3.3: "+" before a name changes nothing; "-" would turn the order round, which no
// comparator here does.
bool Asks(absl::string_view order) {
  if (absl::EqualsIgnoreCase(order, "default")) {
    return true;
  }
  absl::ConsumePrefix(&order, "+");
  return Matches(order, kComparator);
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
