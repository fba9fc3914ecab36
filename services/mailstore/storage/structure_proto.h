// What the MIME scanner found, in the form in which it is stored and sent to gateways.
#pragma once

#include <string>

#include "mail/message_structure.h"

namespace posthorn::store {

// Serialized v1::Envelope.
std::string SerializeEnvelope(const mail::Envelope& envelope);
// Serialized v1::BodyStructure.
std::string SerializeBodyStructure(const mail::MessageStructure& structure);

}  // namespace posthorn::store
