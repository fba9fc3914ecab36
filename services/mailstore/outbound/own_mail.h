// Mail that the server itself writes: notifications and reports, as operations of the batch.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mailstore/batch/op.h"
#include "mailstore/outbound/queue_options.h"
#include "mailstore/outbound/sending_rules.h"
#include "mailstore/outbound/signer.h"

namespace posthorn::store {

// What all of it needs.
struct OwnMailContext {
  const QueueOptions& options;
  const SendingRules& rules;
  const Signer::Keys& keys;  // of our host's domain
};

struct OwnMail {
  std::vector<absl::string_view> parts;  // the octets, from first to last
  std::string message_id_field;
  v1::OutboundEnvelope envelope;  // without what the octets say
  int64_t lifetime_seconds = 0;
  int64_t now = 0;  // Unix seconds
};

// Who gets it: accounts here, addresses outside.
struct OwnMailReceivers {
  std::vector<AccountId> accounts;
  std::vector<std::string> addresses;
};

// Adds it to the INBOX of accounts, and queues it, signed, for addresses; nobody is notified of it.
// Null if there is nobody.
std::unique_ptr<AddOp> MakeOwnMail(const OwnMail& mail, const OwnMailReceivers& receivers,
                                   const OwnMailContext& context);

}  // namespace posthorn::store
