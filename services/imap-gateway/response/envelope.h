#pragma once

#include <string>

#include "posthorn/v1/structure.pb.h"

namespace posthorn::imap {

// RFC 3501 7.4.2: the parenthesized ENVELOPE. Valid whatever the message holds.
void AppendEnvelope(std::string& out, const v1::Envelope& envelope);

}  // namespace posthorn::imap
