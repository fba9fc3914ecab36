#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/fetch/fetch_bodies.h"
#include "imap-gateway/fetch/fetch_columns.h"
#include "imap-gateway/fetch/fetch_plan.h"

namespace posthorn::imap {
namespace {

Completion Outcome(Session& session, const BodiesOutcome& outcome, std::uint64_t asked,
                   Numbers numbers) {
  if (!outcome.status.ok()) {
    return FromStatus(outcome.status);
  }
  if (outcome.unreadable > 0 || (numbers == Numbers::kSequence && outcome.told < asked)) {
    // RFC 5530 3: the numbers are held by messages that others removed.
    session.selected().stale = true;
    return No("EXPUNGEISSUED", "Some of the messages are gone");
  }
  return Ok("Fetch completed");
}

Done Fetch(Session& session, FetchArguments arguments, Numbers numbers) {
  const auto uids = UidsOf(arguments.set, session.selected().view, numbers);
  if (!uids.ok()) {
    co_return Bad(std::string(uids.status().message()));
  }
  if (uids->empty()) {
    co_return Ok("Fetch completed, no messages");
  }
  const FetchPlan plan = PlanFetch(std::move(arguments.items), numbers == Numbers::kUid);
  BodiesOutcome outcome;
  if (plan.bodies.empty()) {
    outcome.status = co_await FetchColumns(session, plan, *uids, outcome.told);
  } else {
    co_await FetchBodies(session, plan, *uids, outcome);
  }
  co_return Outcome(session, outcome, CountOf(*uids), numbers);
}

}  // namespace

Done RunFetch(Session& session, FetchArguments arguments) {
  co_return co_await Fetch(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidFetch(Session& session, FetchArguments arguments) {
  co_return co_await Fetch(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
