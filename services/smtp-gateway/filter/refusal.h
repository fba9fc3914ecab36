// Verdicts that refuse a message, and their words.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter {

// "deliver", "junk", ...: in metrics and logs.
const char* NameOf(Action action);

// With the status 5.7.1 of kReject or 4.7.1 of kTempfail.
Verdict Refusal(Action action, uint16_t code, absl::string_view text);

// What a filter says as one line for a client: controls and what is not US-ASCII taken out, and
// shortened; `otherwise` if nothing is left.
std::string ReplyText(absl::string_view text, absl::string_view otherwise);

// The same for each of its lines, LF between them. Those with nothing left stay empty.
std::string ReplyLines(absl::string_view text, absl::string_view otherwise);

}  // namespace posthorn::filter
