// The numbered .sql files of this folder, built into the program.
#pragma once

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace posthorn::store {

struct Migration {
  int number;              // from the file's name, 1 upwards without gaps
  absl::string_view name;  // "0001_store"
  absl::string_view sql;
};

// Ascending by number.
absl::Span<const Migration> Migrations();

}  // namespace posthorn::store
