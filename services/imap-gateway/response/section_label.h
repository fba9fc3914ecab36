#pragma once

#include <string>

#include "imap-gateway/parser/fetch_attributes.h"

namespace posthorn::imap {

// The name of a section in a FETCH response: "BODY[1.HEADER.FIELDS (From)]<0>", "RFC822.TEXT".
// RFC 3501 7.4.2: BODY.PEEK answers as BODY, a partial with its origin only.
void AppendSectionLabel(std::string& out, const FetchItem& item);

}  // namespace posthorn::imap
