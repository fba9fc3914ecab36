#include "imap-gateway/mailbox/special_use.h"

#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

struct Row {
  v1::SpecialUse use;
  absl::string_view name;
};
constexpr Row kTable[] = {
    {v1::SPECIAL_USE_ALL, "\\All"},       {v1::SPECIAL_USE_ARCHIVE, "\\Archive"},
    {v1::SPECIAL_USE_DRAFTS, "\\Drafts"}, {v1::SPECIAL_USE_FLAGGED, "\\Flagged"},
    {v1::SPECIAL_USE_JUNK, "\\Junk"},     {v1::SPECIAL_USE_SENT, "\\Sent"},
    {v1::SPECIAL_USE_TRASH, "\\Trash"},
};

}  // namespace

absl::string_view SpecialUseName(v1::SpecialUse use) {
  for (const Row& row : kTable) {
    if (row.use == use) {
      return row.name;
    }
  }
  return "";
}

v1::SpecialUse SpecialUseOf(absl::string_view name) {
  for (const Row& row : kTable) {
    if (absl::EqualsIgnoreCase(row.name, name)) {
      return row.use;
    }
  }
  return v1::SPECIAL_USE_NONE;
}

}  // namespace posthorn::imap
