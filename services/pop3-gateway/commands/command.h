// A command of POP3 as a row of the table that everything is derived from: state checks, CAPA,
// metrics and the list of what is implemented.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pop3-gateway/protocol/arguments.h"

namespace posthorn::pop3 {

class Session;

// RFC 1939 3. UPDATE has no commands: QUIT passes through it.
enum State : uint8_t { kAuthorization = 1, kTransaction = 2 };

// When CAPA names a row's capability.
enum class Announce : uint8_t {
  kAlways,
  kIfLoginAllowed,  // a password may be sent over this connection
  kIfTlsOffered,    // STLS would be accepted
};

// Answers the command; the row's parser made the arguments, whose views live until the session
// reads its next line.
using CommandHandler = boost::asio::awaitable<void> (*)(Session& session, Arguments arguments);

struct CommandRow {
  absl::string_view keyword;
  unsigned states;  // State bits in which it may come
  ArgumentParser parse;
  CommandHandler handle;
  absl::string_view capability;  // empty: CAPA does not name it
  Announce announce;
  absl::string_view rfc;
};

absl::Span<const CommandRow> CommandTable();

// nullptr for an unknown keyword (upper case).
const CommandRow* FindCommand(absl::string_view keyword);

// What decides on the capabilities of a connection.
struct CapabilityContext {
  bool login_allowed = false;
  bool tls_offered = false;
};

// Appends the lines of CAPA's response, without the final ".".
void AppendCapabilities(const CapabilityContext& context, std::string* out);

}  // namespace posthorn::pop3
