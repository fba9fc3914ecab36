// A flag's value that counts what there must be some of (threads, sessions, connections, seconds):
// a number from 1 to 1,000,000; anything else is refused at start.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::config {

class Count {
 public:
  explicit Count(int value) : value_(value) {}
  int value() const { return value_; }

 private:
  int value_;
};

bool AbslParseFlag(absl::string_view text, Count* count, std::string* error);
std::string AbslUnparseFlag(Count count);

}  // namespace posthorn::config
