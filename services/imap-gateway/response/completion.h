#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace posthorn::imap {

// How a command ended: the tagged line, or an untagged one of the same form (RFC 3501 7.1).
struct Completion {
  enum class Kind { kOk, kNo, kBad };
  Kind kind = Kind::kOk;
  std::string code;  // between the brackets, without them; empty: none
  std::string text;  // never empty on the wire
};

inline Completion Ok(std::string text) { return {Completion::Kind::kOk, {}, std::move(text)}; }
inline Completion No(std::string code, std::string text) {
  return {Completion::Kind::kNo, std::move(code), std::move(text)};
}
inline Completion Bad(std::string text) { return {Completion::Kind::kBad, {}, std::move(text)}; }

// "<tag> OK [CODE] text\r\n"; tag "*" for an untagged one.
void AppendCompletion(std::string& out, absl::string_view tag, const Completion& completion);

}  // namespace posthorn::imap
