#include "imap-gateway/response/rights_text.h"

#include "absl/strings/str_cat.h"

namespace posthorn::imap {

void AppendRights(std::string& out, absl::string_view rights) {
  if (rights.empty()) {
    out.append("\"\"");
    return;
  }
  const bool create = rights.find_first_of("kx") != absl::string_view::npos;
  const bool remove = rights.find_first_of("te") != absl::string_view::npos;
  absl::StrAppend(&out, rights, create ? "c" : "", remove ? "d" : "");
}

}  // namespace posthorn::imap
