// A message on its way into the queue, without its octets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mailstore/ids.h"
#include "posthorn/v1/outbound.pb.h"

namespace posthorn::store {

struct QueuedMail {
  struct Recipient {
    std::string forward_path;
    std::string original_recipient;
    uint32_t notify = 0;  // bits of v1::Notify
    std::string site;
    std::optional<std::string> reverse_path;  // in place of the envelope's
  };

  AccountId account;  // whose body it is (queue_id.h)
  BlobId uploaded;    // as AddOp::Target's
  v1::OutboundEnvelope envelope;
  std::vector<Recipient> recipients;  // one or more
  int64_t lifetime_seconds = 0;       // until it is returned
  v1::BodyKind content = v1::BODY_KIND_7BIT;
  bool utf8_header = false;
  std::string message_id_field;  // printable US-ASCII
  std::string signatures;        // DKIM-Signature fields
};

}  // namespace posthorn::store
