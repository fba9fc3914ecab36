#include "smtp-gateway/relay/verdict.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace posthorn::relay {

Verdict Deferred(std::string status_code, absl::string_view diagnostic) {
  return {v1::AttemptResult::OUTCOME_DEFERRED, std::move(status_code),
          client::Printable(diagnostic), false};
}

Verdict Failed(std::string status_code, absl::string_view diagnostic) {
  return {v1::AttemptResult::OUTCOME_FAILED, std::move(status_code), client::Printable(diagnostic),
          false};
}

Verdict Untried() { return {v1::AttemptResult::OUTCOME_UNTRIED, "", "", false}; }

Verdict ByReply(const client::Reply& reply) {
  const auto outcome = reply.positive()    ? v1::AttemptResult::OUTCOME_DELIVERED
                       : reply.permanent() ? v1::AttemptResult::OUTCOME_FAILED
                                           : v1::AttemptResult::OUTCOME_DEFERRED;
  return {outcome, reply.StatusCode(), reply.Text(), true};
}

Verdict BrokenBody(const absl::Status& status) {
  // It has left the queue; or mailstore is away, which is no fault of the message or of its site.
  if (absl::IsNotFound(status) || absl::IsUnavailable(status)) {
    return Untried();
  }
  if (absl::IsFailedPrecondition(status)) {
    return Failed("5.6.3", absl::StrCat("the next server takes no content of 8 bits, and it "
                                        "cannot be converted: ",
                                        status.message()));
  }
  return Deferred("4.3.0", absl::StrCat("the message cannot be read: ", status.message()));
}

bool IsThrottling(const client::Reply& reply) {
  return reply.code == 421 || (reply.transient() && absl::StartsWith(reply.StatusCode(), "4.7."));
}

}  // namespace posthorn::relay
