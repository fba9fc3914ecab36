// The one table from errors of the store to replies of POP3 (RFC 2449 8, RFC 3206).
#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pop3-gateway/protocol/response.h"

namespace posthorn::pop3 {

struct ErrorReply {
  ResponseCode code;
  absl::string_view text;
};

// By the status's reason if it has one, else by its code. What is not known to last is temporary.
ErrorReply ReplyForError(const absl::Status& error);

}  // namespace posthorn::pop3
