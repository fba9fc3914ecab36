#pragma once

namespace posthorn::imap {

// What is refused before it is a command, or because it comes at the wrong time.
enum class Refusal {
  kWrongState,       // a command that this state does not allow
  kUidRequired,      // RFC 9586: one with sequence numbers
  kLineTooLong,      // of one line, or of all lines of a command
  kBareLineEnd,      // a line that ends in a lone LF
  kTooSlow,          // a command that does not come to its end in time
  kLiteralTooLarge,  // or too many
  kLiteralMisplaced,
  kBadCommands,  // too many of them
};

// posthorn_imap_refusals_total{reason}.
void CountRefusal(Refusal refusal);

}  // namespace posthorn::imap
