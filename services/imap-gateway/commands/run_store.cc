#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/flags_text.h"
#include "imap-gateway/session/updates.h"
#include "imap-gateway/store/flag_changes.h"
#include "imap-gateway/store/uid_set.h"

namespace posthorn::imap {
namespace {

v1::StoreFlagsRequest::Mode ModeOf(StoreArguments::Mode mode) {
  switch (mode) {
    case StoreArguments::Mode::kAdd:
      return v1::StoreFlagsRequest::MODE_ADD;
    case StoreArguments::Mode::kRemove:
      return v1::StoreFlagsRequest::MODE_REMOVE;
    case StoreArguments::Mode::kReplace:
      break;
  }
  return v1::StoreFlagsRequest::MODE_REPLACE;
}

asio::awaitable<void> TellState(Session& session, const v1::FlagColumns& state, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  std::string& out = session.out();
  for (int i = 0; i < state.uids_size(); ++i) {
    const std::uint32_t uid = state.uids(i);
    const auto number = mailbox.view.SequenceNumberOf(uid);
    if (!number) {
      continue;
    }
    absl::StrAppend(&out, "* ", *number, " FETCH (");
    if (numbers == Numbers::kUid) {
      absl::StrAppend(&out, "UID ", uid, " ");
    }
    out.append("FLAGS ");
    AppendFlags(out, state.flags(i), state.keywords(i), mailbox.keywords,
                Contains(mailbox.recent, uid));
    out.append(")\r\n");
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

Done Store(Session& session, StoreArguments arguments, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  const auto uids = UidsOf(arguments.set, mailbox.view, numbers);
  if (!uids.ok()) {
    co_return Bad(std::string(uids.status().message()));
  }
  if (mailbox.read_only) {
    co_return No("READ-ONLY", "Mailbox is read-only");
  }
  if (uids->empty()) {
    co_return Ok("Store completed, no messages");
  }
  v1::StoreFlagsRequest request;
  *request.mutable_uids() = ToProto(*uids);
  request.set_mode(ModeOf(arguments.mode));
  request.set_flags(arguments.flags.system);
  for (std::string& keyword : arguments.flags.keywords) {
    request.add_keywords(std::move(keyword));
  }
  v1::StoreFlagsResponse response;
  const absl::Status status = co_await StoreFlags(session, request, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (!arguments.silent) {
    co_await TellState(session, response.state(), numbers);
  }
  if (numbers == Numbers::kSequence &&
      static_cast<std::uint64_t>(response.state().uids_size()) < CountOf(*uids)) {
    // RFC 5530 3: the numbers are still held by messages that others removed.
    mailbox.stale = true;
    co_return No("EXPUNGEISSUED", "Some of the messages are gone");
  }
  co_return Ok("Store completed");
}

}  // namespace

Done RunStore(Session& session, StoreArguments arguments) {
  co_return co_await Store(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidStore(Session& session, StoreArguments arguments) {
  co_return co_await Store(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
