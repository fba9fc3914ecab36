#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "imap-gateway/parser/scanner.h"
#include "imap-gateway/response/completion.h"
#include "imap-gateway/session/session.h"

namespace posthorn::imap {

// Properties of commands from which the rules of ordering and of untagged responses follow.
enum CommandFlag : std::uint32_t {
  kNoFlags = 0,
  // RFC 3501 7.4.1: no EXPUNGE while answering it.
  kHoldsExpunges = 1 << 0,
  // Everything committed before it was received is told before it is answered.
  kBarrier = 1 << 1,
  // Names messages by sequence number, or answers with them: not after ENABLE UIDONLY.
  kUsesNumbers = 1 << 2,
  // Changes the list of mailboxes that the user sees, or its subscriptions.
  kChangesList = 1 << 3,
  // Looks for messages, which may take long, and changes nothing: others may run beside it.
  kSearches = 1 << 4,
  // Needs no order with a search (RFC 9051 5.5): it changes nothing either, and FETCH must not.
  kBeside = 1 << 5,
};

// What a row does.
struct Action {
  // Reads the arguments, to the end of the text, and does it.
  asio::awaitable<Completion> (*run)(Session& session, Scanner& scanner);
  // Reads them only.
  void (*parse)(Scanner& scanner);
};

// A row of the command table: all that the rest of the gateway knows of a command.
struct CommandRow {
  absl::string_view name;        // upper case, "UID FETCH" for a UID form
  std::uint8_t states;           // State bits in which it is allowed
  std::uint32_t flags;           // CommandFlag bits
  absl::string_view capability;  // what it adds to CAPABILITY; empty: nothing
  absl::string_view rfc;         // the section that defines it
  Action action;
};

template <auto kParse>
void ParseAll(Scanner& scanner) {
  (void)kParse(scanner);
  scanner.End();
}

template <auto kParse, auto kRun>
asio::awaitable<Completion> ParseAndRun(Session& session, Scanner& scanner) {
  auto arguments = kParse(scanner);
  scanner.End();
  if (!scanner.ok()) {
    co_return Bad(std::string(scanner.status().message()));
  }
  co_return co_await kRun(session, std::move(arguments));
}

// The row's action for a parser `Arguments kParse(Scanner&)` and a handler
// `awaitable<Completion> kRun(Session&, Arguments)`.
template <auto kParse, auto kRun>
inline constexpr Action Invoke{ParseAndRun<kParse, kRun>, ParseAll<kParse>};

}  // namespace posthorn::imap
