#include <algorithm>

#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/fetch/fetch_bodies.h"
#include "imap-gateway/fetch/fetch_columns.h"
#include "imap-gateway/fetch/fetch_plan.h"
#include "imap-gateway/session/condstore.h"
#include "imap-gateway/session/message_limit.h"
#include "imap-gateway/session/resync.h"

namespace posthorn::imap {
namespace {

// `asked`: messages that must be answered unless they are gone.
Completion Outcome(Session& session, const BodiesOutcome& outcome, std::uint64_t asked,
                   Numbers numbers) {
  if (!outcome.status.ok()) {
    return FromStatus(outcome.status);
  }
  if (outcome.undecodable > 0) {
    return No("UNKNOWN-CTE", "A part has a transfer encoding that is not known");
  }
  if (outcome.unreadable > 0 || (numbers == Numbers::kSequence && outcome.told < asked)) {
    // RFC 5530 3: the numbers are held by messages that others removed.
    session.selected().stale = true;
    return No("EXPUNGEISSUED", "Some of the messages are gone");
  }
  return Ok("Fetch completed");
}

bool AsksModSeq(const FetchArguments& arguments) {
  return std::any_of(arguments.items.begin(), arguments.items.end(),
                     [](const FetchItem& item) { return item.kind == FetchItem::Kind::kModSeq; });
}

Done Fetch(Session& session, FetchArguments arguments, Numbers numbers) {
  if (arguments.partial && numbers == Numbers::kSequence) {
    // RFC 9394 3.3.
    co_return Bad("PARTIAL is for UID FETCH");
  }
  if (arguments.vanished && (numbers == Numbers::kSequence || !session.features().qresync)) {
    // RFC 7162 3.2.6.
    co_return Bad("VANISHED is for UID FETCH after ENABLE QRESYNC");
  }
  if (arguments.partial && SizeOf(*arguments.partial) > MessageLimit(session)) {
    // RFC 9738 3.1: such a window is refused, however many messages are in it.
    co_return TooManyMessages(MessageLimit(session));
  }
  auto uids = UidsOf(arguments.set, session.selected().view, numbers);
  if (!uids.ok()) {
    co_return Bad(std::string(uids.status().message()));
  }
  if (arguments.partial) {
    *uids = TakePartial(*uids, *arguments.partial);
  }
  const bool limited = LimitMessages(session, *uids);
  if (AsksModSeq(arguments)) {
    UseCondstore(session);
  }
  if (arguments.vanished) {
    const absl::Status told =
        co_await TellVanishedSince(session, arguments.set, *arguments.changed_since);
    if (!told.ok()) {
      co_return FromStatus(told);
    }
  }
  if (uids->empty()) {
    co_return Ok("Fetch completed, no messages");
  }
  // RFC 9586 3.3: UIDFETCH names the UID at its front.
  const bool tell_uid = numbers == Numbers::kUid && !session.features().uid_only;
  FetchPlan plan = PlanFetch(std::move(arguments.items), tell_uid);
  plan.changed_since = arguments.changed_since.value_or(0);
  plan.downward = limited;
  BodiesOutcome outcome;
  if (plan.bodies.empty()) {
    outcome.status = co_await FetchColumns(session, plan, *uids, outcome.told);
    outcome.ended = !outcome.status.ok();
  } else {
    co_await FetchBodies(session, plan, *uids, outcome);
  }
  const bool all = !arguments.changed_since.has_value();
  Completion completion = Outcome(session, outcome, all ? CountOf(*uids) : 0, numbers);
  if (limited && !outcome.ended) {
    co_return TellLimited(session, *uids, std::move(completion));
  }
  co_return completion;
}

}  // namespace

Done RunFetch(Session& session, FetchArguments arguments) {
  co_return co_await Fetch(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidFetch(Session& session, FetchArguments arguments) {
  co_return co_await Fetch(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
