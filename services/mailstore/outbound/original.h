// What a notification needs besides what became of recipients: the message that it is about, and
// where its sender is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "mail/eight_bit.h"
#include "mailstore/db/connection.h"
#include "mailstore/ids.h"
#include "mailstore/outbound/own_mail.h"
#include "mailstore/outbound/verdict.h"

namespace posthorn::store {

struct Original {
  std::string header;  // the header block, cut after 64 KiB
  std::string octets;  // the whole message, if it is to be returned and not too large
  mail::ContentKind content = mail::ContentKind::k7Bit;
  OwnMailReceivers sender;  // empty: nobody can be told
};

using Originals = std::map<BlobKey, Original>;

// For the message of each of these. Blocks; throws what libpqxx throws. A body that is gone is
// empty.
void LoadOriginals(Connection& connection, const std::vector<const Attempted*>& wanted,
                   Originals* originals);

// Adds who gets what is sent to an address, by way of the directory.
void FindReceivers(Connection& connection, const std::string& address, OwnMailReceivers* receivers);

}  // namespace posthorn::store
