#include "imap-gateway/session/condstore.h"

#include "absl/strings/str_cat.h"

namespace posthorn::imap {

bool UseCondstore(Session& session) {
  if (session.features().condstore) {
    return false;
  }
  session.features().condstore = true;
  if (session.has_selected()) {
    absl::StrAppend(&session.out(), "* OK [HIGHESTMODSEQ ", session.selected().told_modseq,
                    "] Highest\r\n");
  }
  return true;
}

}  // namespace posthorn::imap
