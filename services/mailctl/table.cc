#include "mailctl/table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"

namespace posthorn::mailctl {
namespace {

std::string Shown(const Cell& cell) {
  if (const auto* number = std::get_if<uint64_t>(&cell)) {
    return std::to_string(*number);
  }
  std::string text = std::get<std::string>(cell);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) {
      c = '?';
    }
  }
  return text;
}

// Columns on a screen, well enough: code points rather than octets.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string Table::ToText() const {
  if (rows.empty()) {
    return "";
  }
  std::vector<std::vector<std::string>> lines = {columns};
  for (const auto& row : rows) {
    auto& line = lines.emplace_back();
    for (const Cell& cell : row) {
      line.push_back(Shown(cell));
    }
  }
  std::string text;
  for (const auto& line : lines) {
    for (size_t i = 0; i < columns.size(); ++i) {
      size_t widest = 0;
      for (const auto& other : lines) {
        widest = std::max(widest, Width(other[i]));
      }
      const std::string padding(widest - Width(line[i]), ' ');
      const bool number = std::holds_alternative<uint64_t>(rows[0][i]);
      const bool last = i + 1 == columns.size();
      absl::StrAppend(&text, number ? padding : "", line[i], number || last ? "" : padding,
                      last ? "\n" : "  ");
    }
  }
  return text;
}

std::string Table::ToJson() const {
  std::string text = "[";
  for (size_t r = 0; r < rows.size(); ++r) {
    absl::StrAppend(&text, r == 0 ? "\n {" : ",\n {");
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto* number = std::get_if<uint64_t>(&rows[r][i]);
      absl::StrAppend(&text, i == 0 ? "" : ", ", log::JsonString(columns[i]), ": ",
                      number != nullptr ? std::to_string(*number)
                                        : log::JsonString(std::get<std::string>(rows[r][i])));
    }
    text.push_back('}');
  }
  absl::StrAppend(&text, rows.empty() ? "]\n" : "\n]\n");
  return text;
}

}  // namespace posthorn::mailctl
