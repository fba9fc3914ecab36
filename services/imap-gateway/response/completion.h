#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "imap-gateway/response/language.h"

namespace posthorn::imap {

// How a command ended: the tagged line, or an untagged one of the same form (RFC 3501 7.1).
struct Completion {
  // kNone: the client was told BYE, or is gone; there is no tagged line.
  enum class Kind { kOk, kNo, kBad, kNone };
  Kind kind = Kind::kOk;
  std::string code;  // between the brackets, without them; empty: none
  std::string text;  // never empty on the wire
};

inline Completion Ok(std::string text) { return {Completion::Kind::kOk, {}, std::move(text)}; }
inline Completion No(std::string code, std::string text) {
  return {Completion::Kind::kNo, std::move(code), std::move(text)};
}
inline Completion Bad(std::string text) { return {Completion::Kind::kBad, {}, std::move(text)}; }

inline Completion SessionEnded() { return {Completion::Kind::kNone, {}, {}}; }

// RFC 9586 3.1: the command names messages by sequence number, which the client has given up.
inline Completion UidRequired() {
  return {Completion::Kind::kBad, "UIDREQUIRED", "Only UIDs can be used"};
}

// "<tag> OK [CODE] text\r\n"; tag "*" for an untagged one; nothing for kNone. The text comes in the
// session's language.
void AppendCompletion(std::string& out, absl::string_view tag, const Completion& completion,
                      Language language = Language::kDefault);

}  // namespace posthorn::imap
