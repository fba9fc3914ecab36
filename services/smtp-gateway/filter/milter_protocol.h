// Numbers of the milter protocol, version 6 (libmilter/mfdef.h and mfapi.h of Sendmail).
#pragma once

#include <cstddef>
#include <cstdint>

namespace posthorn::filter::milter {

inline constexpr uint32_t kVersion = 6;
inline constexpr uint32_t kOldestVersion = 2;
inline constexpr size_t kBodyChunk = 65'535;
// The longest packet of a filter that is taken: replies are a body chunk at most, with some room.
inline constexpr size_t kMaxPacket = 128 * 1024;

// What is said to a filter.
enum class Command : char {
  kNegotiate = 'O',
  kMacros = 'D',
  kConnect = 'C',
  kHelo = 'H',
  kMail = 'M',
  kRecipient = 'R',
  kData = 'T',
  kHeader = 'L',
  kEndOfHeader = 'N',
  kBody = 'B',
  kEndOfMessage = 'E',
  kAbort = 'A',  // of the message; has no reply
  kQuit = 'Q',
};

// What it may ask for at the end of the message (SMFIF_).
enum Capability : uint32_t {
  kAddHeaders = 0x01,
  kChangeBody = 0x02,
  kAddRecipients = 0x04,
  kDeleteRecipients = 0x08,
  kChangeHeaders = 0x10,
  kQuarantine = 0x20,
  kChangeSender = 0x40,
  kAddRecipientsWithParameters = 0x80,
};
inline constexpr uint32_t kCapabilities = 0xff;

// What it wants to be spared (SMFIP_): a command, or its own reply to one.
enum Step : uint32_t {
  kNoConnect = 0x01,
  kNoHelo = 0x02,
  kNoMail = 0x04,
  kNoRecipients = 0x08,
  kNoBody = 0x10,
  kNoHeaders = 0x20,
  kNoEndOfHeader = 0x40,
  kNoReplyToHeader = 0x80,
  kNoUnknown = 0x100,
  kNoData = 0x200,
  kSkip = 0x400,  // it may say that it has seen enough of the body
  kRefusedRecipients = 0x800,
  kNoReplyToConnect = 0x1000,
  kNoReplyToHelo = 0x2000,
  kNoReplyToMail = 0x4000,
  kNoReplyToRecipient = 0x8000,
  kNoReplyToData = 0x1'0000,
  kNoReplyToUnknown = 0x2'0000,
  kNoReplyToEndOfHeader = 0x4'0000,
  kNoReplyToBody = 0x8'0000,
  kLeadingSpace = 0x10'0000,  // values of fields are with the space after the colon
};
// Recipients that we refuse, and commands that we do not know, are not told.
inline constexpr uint32_t kSteps = 0x1f'ffff & ~uint32_t{kRefusedRecipients};

}  // namespace posthorn::filter::milter
