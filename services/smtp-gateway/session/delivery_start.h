// From the envelope of a session to what mailstore is told of a message (delivery.proto).
#pragma once

#include <string>

#include "posthorn/v1/delivery.pb.h"
#include "smtp-gateway/parser/path.h"
#include "smtp-gateway/session/transaction.h"

namespace posthorn::smtp {

// The address of a path as it goes out: its domain in A-labels, or all of it as the client wrote it
// when the message is international anyway (RFC 6531 3.2, 3.5).
std::string OutgoingAddress(const Path& path, bool smtputf8);

// Where the recipients' mail goes, and the envelope if the queue needs it: for recipients outside,
// for a hold, and for notifications of success. Without a key and a session.
v1::DeliverStart MakeDeliverStart(const Transaction& transaction);

}  // namespace posthorn::smtp
