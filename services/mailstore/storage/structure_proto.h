// What the MIME scanner found, in the form in which it is stored and sent to gateways.
#pragma once

#include <string>

#include "mail/message_structure.h"

namespace posthorn::store {

// Serialized v1::Envelope.
// That of the message itself, with what threads need of it.
std::string SerializeEnvelope(const mail::MessageStructure& structure);
// Serialized v1::BodyStructure.
std::string SerializeBodyStructure(const mail::MessageStructure& structure);

}  // namespace posthorn::store
