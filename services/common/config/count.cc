#include "common/config/count.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace posthorn::config {

bool AbslParseFlag(absl::string_view text, Count* count, std::string* error) {
  int value = 0;
  if (!absl::SimpleAtoi(text, &value) || value < 1 || value > 1'000'000) {
    *error = "a number from 1 to 1000000 is needed";
    return false;
  }
  *count = Count(value);
  return true;
}

std::string AbslUnparseFlag(Count count) { return absl::StrCat(count.value()); }

}  // namespace posthorn::config
