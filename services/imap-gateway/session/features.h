#pragma once

#include "imap-gateway/mailbox/mailbox_name.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {

// What a session has switched on: by ENABLE (RFC 5161), or by using it where its RFC says so.
// Nothing is ever switched off again but by UNAUTHENTICATE (RFC 8437).
struct Features {
  bool imap4rev2 = false;  // RFC 9051
  bool utf8 = false;       // RFC 9755, UTF8=ACCEPT
  bool condstore = false;  // RFC 7162 3.1
  bool qresync = false;    // RFC 7162 3.2; condstore is on then too
  bool uid_only = false;   // RFC 9586
  bool metadata = false;   // RFC 5464 4.1

  // RFC 7162 3.2.10, RFC 9586 3.4: VANISHED with UIDs is told in place of EXPUNGE.
  bool TellsVanished() const { return qresync || uid_only; }

  // Strings to the client may hold UTF-8, and mailbox names are UTF-8.
  bool Utf8Strings() const { return imap4rev2 || utf8; }
  NameEncoding names() const {
    return Utf8Strings() ? NameEncoding::kUtf8 : NameEncoding::kModifiedUtf7;
  }
  Quoted quoted() const { return Utf8Strings() ? Quoted::kUtf8 : Quoted::kSevenBit; }
};

}  // namespace posthorn::imap
