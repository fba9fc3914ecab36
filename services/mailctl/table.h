// Lists for people, in columns, or for programs, as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace posthorn::mailctl {

using Cell = std::variant<std::string, uint64_t>;

// Rows of equal length under named columns.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;

  // Aligned, numbers to the right, a line of names first; nothing at all without rows. Control
  // characters in texts are shown as '?': they may come from mailbox names.
  std::string ToText() const;
  // An array of objects, one a line.
  std::string ToJson() const;
};

}  // namespace posthorn::mailctl
