// Parameters of MAIL about when the message is to be delivered, and how soon after others.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "smtp-gateway/commands/parameter_handlers.h"
#include "smtp-gateway/parser/delivery_time.h"
#include "smtp-gateway/parser/message_class.h"
#include "smtp-gateway/session/session.h"

namespace posthorn::smtp {
namespace {

// RFC 6710 4.1, B: a user's mail is urgent at most; what is above is for operators.
constexpr int kHighestPriority = 4;

constexpr Reply kHeldTooLong{501, "5.5.4", "Message would be held for too long"};

int64_t NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::optional<Reply> Hold(const Session& session, std::optional<int64_t> seconds,
                          Transaction& target) {
  // RFC 4865 4: one of both parameters.
  if (!seconds || target.envelope.hold_seconds() > 0) {
    return kBadParameterValue;
  }
  if (*seconds > session.server().limits.hold.count()) {
    return kHeldTooLong;
  }
  // A time that is over holds nothing.
  target.envelope.set_hold_seconds(static_cast<uint32_t>(std::max<int64_t>(*seconds, 0)));
  return std::nullopt;
}

}  // namespace

// RFC 2852 4.
std::optional<Reply> ApplyBy(const Session&, ParameterValue value, Transaction& target) {
  const auto by = value ? ParseDeliverBy(*value) : std::nullopt;
  if (!by) {
    return kBadParameterValue;
  }
  target.envelope.set_deliver_by(by->returned ? v1::DELIVER_BY_RETURN : v1::DELIVER_BY_NOTIFY);
  target.envelope.set_deliver_by_seconds(by->seconds);
  target.envelope.set_deliver_by_trace(by->trace);
  return std::nullopt;
}

std::string DeliverByKeyword(const Session&) { return "DELIVERBY"; }

std::optional<Reply> ApplyHoldFor(const Session& session, ParameterValue value,
                                  Transaction& target) {
  return Hold(session, value ? ParseHoldFor(*value) : std::nullopt, target);
}

std::optional<Reply> ApplyHoldUntil(const Session& session, ParameterValue value,
                                    Transaction& target) {
  auto until = value ? ParseHoldUntil(*value) : std::nullopt;
  if (until) {
    *until -= NowSeconds();
  }
  return Hold(session, until, target);
}

// RFC 4865 3: for submission, with the longest hold and the last moment of release.
std::string FutureReleaseKeyword(const Session& session) {
  const int64_t longest = session.server().limits.hold.count();
  if (session.port().role != Role::kSubmission || longest == 0) {
    return "";
  }
  const absl::Time last = absl::FromUnixSeconds(NowSeconds() + longest);
  return absl::StrCat("FUTURERELEASE ", longest, " ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", last, absl::UTCTimeZone()));
}

std::optional<Reply> ApplyPriority(const Session&, ParameterValue value, Transaction& target) {
  const auto priority = value ? ParsePriority(*value) : std::nullopt;
  if (!priority) {
    return kBadParameterValue;
  }
  target.envelope.set_priority(std::min(*priority, kHighestPriority));
  target.priority_lowered = *priority > kHighestPriority;
  return std::nullopt;
}

// RFC 6710 4.1: from users only; other servers' priorities are agreed with nobody.
std::string PriorityKeyword(const Session& session) {
  return session.port().role == Role::kSubmission ? "MT-PRIORITY MIXER" : "";
}

}  // namespace posthorn::smtp
