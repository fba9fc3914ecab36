#include "imap-gateway/commands/dispatch.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "imap-gateway/commands/command_metrics.h"
#include "imap-gateway/commands/command_table.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/notify/metadata_news.h"
#include "imap-gateway/notify/notifications.h"
#include "imap-gateway/parser/fetch_attributes.h"
#include "imap-gateway/session/refusals.h"
#include "imap-gateway/session/updates.h"

namespace posthorn::imap {
namespace {

// What may and must be told of the selected mailbox before the tagged response.
asio::awaitable<Completion> FinishWithUpdates(Session& session, const CommandRow& row,
                                              Completion completion) {
  if (!session.TellsMessages()) {
    co_return completion;
  }
  const bool barrier = (row.flags & kBarrier) != 0;
  // What runs beside a search keeps the numbers that the search is about to answer with.
  const bool hold = (row.flags & kHoldsExpunges) != 0 || session.is_beside();
  const Expunges expunges = hold ? Expunges::kHold : Expunges::kTell;
  const absl::Status told =
      co_await TellChanges(session, expunges, barrier ? Look::kAlways : Look::kIfBehind);
  if (!told.ok() && barrier) {
    completion = FromStatus(told);
  }
  co_return completion;
}

asio::awaitable<Completion> RunRow(Session& session, const CommandRow& row, Scanner& scanner) {
  if ((row.states & session.state()) == 0) {
    CountRefusal(Refusal::kWrongState);
    co_return Bad(session.state() == kNotAuthenticated ? "Log in first"
                                                       : "Not allowed in this state");
  }
  if ((row.flags & kUsesNumbers) != 0 && session.features().uid_only) {
    CountRefusal(Refusal::kUidRequired);
    co_return UidRequired();
  }
  session.set_searching((row.flags & kSearches) != 0);
  const auto began = std::chrono::steady_clock::now();
  Completion completion = co_await row.action.run(session, scanner);
  if ((row.flags & kChangesList) != 0 && session.notifications() != nullptr) {
    co_await session.notifications()->AbsorbOwnChanges();
  }
  co_await TellMetadataNews(session, (row.flags & kBarrier) != 0);
  if (session.has_selected() && !session.output().broken()) {
    completion = co_await FinishWithUpdates(session, row, std::move(completion));
  }
  CountCommand(row, completion.kind, std::chrono::steady_clock::now() - began);
  co_return completion;
}

}  // namespace

std::string ReadCommandName(Scanner& scanner) {
  std::string name = absl::AsciiStrToUpper(scanner.Word());
  if (name == "UID") {
    scanner.Space();
    absl::StrAppend(&name, " ", absl::AsciiStrToUpper(scanner.Word()));
  }
  if (scanner.ok() && !scanner.AtEnd()) {
    scanner.Space();
  }
  return name;
}

bool NeedsNoOrder(const std::string& text) {
  Scanner scanner(text);
  scanner.Tag();
  scanner.Space();
  const std::string name = ReadCommandName(scanner);
  const CommandRow* row = scanner.ok() ? FindCommand(name) : nullptr;
  if (row == nullptr || (row->flags & kBeside) == 0) {
    return false;
  }
  if (name != "FETCH" && name != "UID FETCH") {
    return true;
  }
  // RFC 5182 2.1: "$" is what a search before it found. \Seen and CONDSTORE change what a search
  // finds and how it is answered.
  const FetchArguments arguments = ParseFetch(scanner);
  return scanner.ok() && !absl::StrContains(text, '$') && !arguments.changed_since &&
         std::none_of(arguments.items.begin(), arguments.items.end(), [](const FetchItem& item) {
           return item.SetsSeen() || item.kind == FetchItem::Kind::kModSeq;
         });
}

asio::awaitable<Completion::Kind> Dispatch(Session& session, const std::string& text) {
  Scanner scanner(text);
  const std::string tag(scanner.Tag());
  scanner.Space();
  if (!scanner.ok()) {
    AppendCompletion(session.out(), "*", Bad("Invalid tag"));
    CountUnknownCommand();
    co_return Completion::Kind::kBad;
  }
  session.set_tag(tag);
  const std::string name = ReadCommandName(scanner);
  const CommandRow* row = scanner.ok() ? FindCommand(name) : nullptr;
  Completion completion = Bad("Unknown command");
  if (row == nullptr) {
    CountUnknownCommand();
  } else {
    completion = co_await RunRow(session, *row, scanner);
  }
  session.set_tag("");
  AppendCompletion(session.out(), tag, completion, session.language());
  co_return completion.kind;
}

}  // namespace posthorn::imap
