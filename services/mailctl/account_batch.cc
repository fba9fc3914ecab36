#include "mailctl/account_batch.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace posthorn::mailctl {

absl::StatusOr<std::vector<BatchLine>> ParseBatch(absl::string_view text) {
  std::vector<BatchLine> lines;
  size_t number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty()) {
      continue;
    }
    const size_t tab = line.find('\t');
    if (tab == absl::string_view::npos || tab == 0 || tab + 1 == line.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, " is not an address, a tab and a password"));
    }
    lines.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
  }
  return lines;
}

}  // namespace posthorn::mailctl
