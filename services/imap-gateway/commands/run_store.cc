#include "absl/strings/str_cat.h"
#include "imap-gateway/commands/handlers.h"
#include "imap-gateway/commands/message_set.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/response/fetch_line.h"
#include "imap-gateway/session/condstore.h"
#include "imap-gateway/session/message_limit.h"
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

// How a STORE is answered.
struct Telling {
  Numbers numbers = Numbers::kSequence;
  bool silent = false;
  bool downward = false;  // from the highest UID, not from the lowest
};

// RFC 7162 3.1.3: a client of CONDSTORE is told the MODSEQs even after .SILENT.
asio::awaitable<void> TellState(Session& session, const v1::FlagColumns& state, Telling telling) {
  SelectedMailbox& mailbox = session.selected();
  std::string& out = session.out();
  const int messages = state.uids_size();
  for (int at = 0; at < messages; ++at) {
    const int i = telling.downward ? messages - 1 - at : at;
    const std::uint32_t uid = state.uids(i);
    const auto number = mailbox.view.SequenceNumberOf(uid);
    if (!number) {
      continue;
    }
    mailbox.Told(state.modseqs(i));
    const FlagsLine line{.number = *number,
                         .uid = uid,
                         .flags = state.flags(i),
                         .keywords = state.keywords(i),
                         .modseq = state.modseqs(i),
                         .recent = Contains(mailbox.recent, uid),
                         .with_uid = telling.numbers == Numbers::kUid,
                         .no_flags = telling.silent};
    AppendFlagsLine(out, session.features(), line, mailbox.keywords);
    if (session.features().condstore) {
      mailbox.Reveal(line.modseq);
    }
    const bool sent = co_await session.output().FlushIfLarge();
    if (!sent) {
      co_return;
    }
  }
}

v1::StoreFlagsRequest RequestFor(StoreArguments arguments, const NumberRanges& uids) {
  v1::StoreFlagsRequest request;
  *request.mutable_uids() = ToProto(uids);
  request.set_mode(ModeOf(arguments.mode));
  request.set_flags(arguments.flags.system);
  for (std::string& keyword : arguments.flags.keywords) {
    request.add_keywords(std::move(keyword));
  }
  if (arguments.unchanged_since) {
    request.set_unchanged_since(*arguments.unchanged_since);
    request.set_idempotency_key(gateway::NewIdempotencyKey());
  }
  return request;
}

// `asked` messages were named.
Completion Outcome(Session& session, const v1::StoreFlagsResponse& response, std::uint64_t asked,
                   Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  const NumberRanges modified = mailbox.view.Known(FromProto(response.modified()));
  const auto found = static_cast<std::uint64_t>(response.state().uids_size()) + CountOf(modified);
  Completion completion = Ok("Store completed");
  if (numbers == Numbers::kSequence && found < asked) {
    // RFC 5530 3: the numbers are still held by messages that others removed.
    mailbox.stale = true;
    completion = No("EXPUNGEISSUED", "Some of the messages are gone");
  }
  if (!modified.empty()) {
    // The client learns below what they are like now.
    mailbox.stale = true;
    completion.code =
        absl::StrCat("MODIFIED ", FormatRanges(numbers == Numbers::kUid
                                                   ? modified
                                                   : mailbox.view.SequenceNumbersOf(modified)));
    completion.text = "Conditional STORE failed for some of the messages";
  }
  return completion;
}

Done Store(Session& session, StoreArguments arguments, Numbers numbers) {
  SelectedMailbox& mailbox = session.selected();
  auto uids = UidsOf(arguments.set, mailbox.view, numbers);
  if (!uids.ok()) {
    co_return Bad(std::string(uids.status().message()));
  }
  if (arguments.unchanged_since) {
    UseCondstore(session);
  }
  if (mailbox.read_only) {
    co_return No("READ-ONLY", "Mailbox is read-only");
  }
  if (uids->empty()) {
    co_return Ok("Store completed, no messages");
  }
  const bool limited = LimitMessages(session, *uids);
  const bool silent = arguments.silent;
  v1::StoreFlagsRequest request = RequestFor(std::move(arguments), *uids);
  v1::StoreFlagsResponse response;
  const absl::Status status =
      co_await StoreFlags(session, request, silent ? NewFlags::kSilent : NewFlags::kTold, response);
  if (!status.ok()) {
    co_return FromStatus(status);
  }
  if (!silent || session.features().condstore) {
    // RFC 9738 3.1: what is left out is below.
    const Telling telling{.numbers = numbers, .silent = silent, .downward = limited};
    co_await TellState(session, response.state(), telling);
  }
  Completion completion = Outcome(session, response, CountOf(*uids), numbers);
  if (limited) {
    co_return TellLimited(session, *uids, std::move(completion));
  }
  co_return completion;
}

}  // namespace

Done RunStore(Session& session, StoreArguments arguments) {
  co_return co_await Store(session, std::move(arguments), Numbers::kSequence);
}

Done RunUidStore(Session& session, StoreArguments arguments) {
  co_return co_await Store(session, std::move(arguments), Numbers::kUid);
}

}  // namespace posthorn::imap
