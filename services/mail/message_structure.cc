#include "mail/message_structure.h"

#include "absl/strings/match.h"

namespace posthorn::mail {

bool Part::IsText() const { return absl::EqualsIgnoreCase(type, "text"); }

bool Part::IsMultipart() const { return absl::EqualsIgnoreCase(type, "multipart"); }

const std::string* Part::FindParam(absl::string_view name) const {
  for (const Parameter& param : params) {
    if (absl::EqualsIgnoreCase(param.name, name)) {
      return &param.value;
    }
  }
  return nullptr;
}

size_t MessageStructure::EndOfSubtree(size_t index) const {
  // Each part read uses up one and adds its children: no recursion however deep they nest.
  size_t wanted = 1;
  while (wanted > 0 && index < parts.size()) {
    wanted += parts[index++].child_count;
    --wanted;
  }
  return index;
}

}  // namespace posthorn::mail
