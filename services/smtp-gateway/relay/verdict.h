// What is said of recipients after an attempt.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/client/reply.h"

namespace posthorn::relay {

struct Verdict {
  v1::AttemptResult::Outcome outcome = v1::AttemptResult::OUTCOME_DEFERRED;
  std::string status_code;  // RFC 3463
  std::string diagnostic;
  bool remote_reply = false;
};

// In our own words.
Verdict Deferred(std::string status_code, absl::string_view diagnostic);
Verdict Failed(std::string status_code, absl::string_view diagnostic);
// Given back: not an attempt.
Verdict Untried();
// By the class of the reply (RFC 5321 4.2.1).
Verdict ByReply(const client::Reply& reply);

// Of a message that could not be read, or not be made what the next server takes.
Verdict BrokenBody(const absl::Status& status);

// Whether a server says by it that we are too much for it: 421, or 4.7.x.
bool IsThrottling(const client::Reply& reply);

}  // namespace posthorn::relay
