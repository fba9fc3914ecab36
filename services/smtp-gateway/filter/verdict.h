// What a filter has decided of a message.
#pragma once

#include <cstdint>
#include <string>

namespace posthorn::filter {

enum class Action {
  kDeliver,
  kJunk,      // into the mailboxes for junk
  kReject,    // 5yz
  kTempfail,  // 4yz
  kDiscard,   // accepted, and thrown away
};

struct Verdict {
  Action action = Action::kDeliver;
  // Nobody is to be told when it cannot be passed on: its sender is probably forged.
  bool suspicious = false;
  // Of kReject and kTempfail. The text is what a filter said: printable US-ASCII, bounded, its
  // lines with LF between them.
  uint16_t code = 0;
  std::string status;
  std::string text;
};

}  // namespace posthorn::filter
