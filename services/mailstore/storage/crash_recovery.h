// What a crash of the database takes back, and how nobody is misled by it.
//
// Changes of flags do not wait for the disk, so a crash, or a fail-over to a standby, may take back
// the last of them although clients and caches know their MODSEQs. Three rules keep a MODSEQ from
// ever standing for two states of a mailbox:
//  - MODSEQs that such commits give out were reserved before, in the mailbox's row, by a commit
//    that did wait.
//  - After a crash, before any other use of the database, every mailbox that has some reserved gets
//    a MODSEQ above all of them, which is from then on that of each of its messages. To clients and
//    caches of whatever age all its flags have changed, and they read them anew.
//  - A crash is known by table crash_mark. It ends every session, and each new one looks first.
//
// Everything else is durable when it is answered, and makes durable what was committed before it.
#pragma once

#include "mailstore/db/connection.h"

namespace posthorn::store {

// For ConnectionOptions::on_open. After a crash the first to come does what is to be done, and all
// others wait for it. A standby counts as a lost connection. Throws what libpqxx throws.
void RecoverFromCrash(Connection& connection);

}  // namespace posthorn::store
