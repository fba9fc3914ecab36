// Changes to the header of a message that filters ask for. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::filter {

// Fields that nobody changes stay octet for octet. Names and values come from programs that may be
// fooled by a message: what could begin another field, or end the header, is refused with
// INVALID_ARGUMENT, and more than kMaxFields or kMaxOctets with RESOURCE_EXHAUSTED.
class HeaderEditor {
 public:
  static constexpr size_t kMaxFields = 200;        // added by one editor
  static constexpr size_t kMaxOctets = 256 << 10;  // of these

  // With its empty line, which may be missing.
  explicit HeaderEditor(absl::string_view header);

  // At the end.
  absl::Status Add(absl::string_view name, absl::string_view value);
  // Before the field of that index; the trace field that will stand above all has index 0, so that
  // 0 and 1 are both the top. Never where a folded line of the client's would continue it.
  absl::Status Insert(uint32_t index, absl::string_view name, absl::string_view value);
  // The value of the nth field of that name, counted from 1; one more is added if there are fewer.
  absl::Status Change(absl::string_view name, uint32_t nth, absl::string_view value);
  // The nth field of that name, from the end if negative; 0: all of them.
  void Remove(absl::string_view name, int32_t nth = 0);
  bool Has(absl::string_view name) const;

  std::string Finish() const;

 private:
  struct Field {
    std::string name;  // empty: a line that is no field
    std::string text;  // with its line end
  };
  // The field, checked and counted.
  absl::StatusOr<Field> Make(absl::string_view name, absl::string_view value);
  // Positions in fields_.
  std::vector<size_t> Find(absl::string_view name) const;

  std::vector<Field> fields_;
  std::string end_;  // the empty line
  size_t added_ = 0;
  size_t added_octets_ = 0;
};

// A value as it may stand after "Name:": its lines end with CRLF and continue with white space.
// INVALID_ARGUMENT for other line ends within, NUL and controls, and lines of white space only.
absl::StatusOr<std::string> CheckedValue(absl::string_view value);

}  // namespace posthorn::filter
