#include "imap-gateway/response/fetch_line.h"

#include "absl/strings/str_cat.h"
#include "imap-gateway/response/flags_text.h"

namespace posthorn::imap {

void AppendFetchHead(std::string& out, const Features& features, std::uint32_t number,
                     std::uint32_t uid) {
  if (features.uid_only) {
    absl::StrAppend(&out, "* ", uid, " UIDFETCH (");
  } else {
    absl::StrAppend(&out, "* ", number, " FETCH (");
  }
}

void AppendFlagsLine(std::string& out, const Features& features, const FlagsLine& line,
                     std::span<const std::string> keywords) {
  AppendFetchHead(out, features, line.number, line.uid);
  const char* space = "";
  if ((line.with_uid || features.condstore) && !features.uid_only) {
    absl::StrAppend(&out, "UID ", line.uid);
    space = " ";
  }
  if (!line.no_flags) {
    absl::StrAppend(&out, space, "FLAGS ");
    AppendFlags(out, line.flags, line.keywords, keywords, line.recent);
    space = " ";
  }
  if (features.condstore) {
    absl::StrAppend(&out, space, "MODSEQ (", line.modseq, ")");
  }
  out.append(")\r\n");
}

}  // namespace posthorn::imap
