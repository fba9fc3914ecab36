#include "imap-gateway/session/message_limit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "imap-gateway/parser/partial_range.h"

namespace posthorn::imap {

std::uint32_t MessageLimit(const Session& session) {
  return session.Hides("MESSAGELIMIT") ? UINT32_MAX : session.services().settings.message_limit;
}

std::uint32_t SaveLimit(const Session& session) {
  return std::min(session.services().settings.save_limit, MessageLimit(session));
}

bool LimitMessages(const Session& session, NumberRanges& uids) {
  const std::uint32_t limit = MessageLimit(session);
  if (CountOf(uids) <= limit) {
    return false;
  }
  uids = TakePartial(uids, {.first = 1, .last = limit, .from_end = true});
  return true;
}

Completion TellLimited(Session& session, const NumberRanges& uids, Completion completion) {
  std::string code = absl::StrCat("MESSAGELIMIT ", MessageLimit(session), " ", uids.front().first);
  constexpr const char* kText = "Done for the last messages only";
  if (!completion.code.empty()) {
    AppendCompletion(session.out(), "*", No(std::move(code), kText), session.language());
    return completion;
  }
  completion.code = std::move(code);
  completion.text = kText;
  return completion;
}

Completion TooManyMessages(std::uint32_t limit) {
  return No(absl::StrCat("MESSAGELIMIT ", limit), "Too many messages at once");
}

}  // namespace posthorn::imap
