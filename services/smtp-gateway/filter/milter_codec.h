// Packets of the milter protocol: a length of four octets, a command, its data. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "smtp-gateway/filter/milter_protocol.h"

namespace posthorn::filter::milter {

struct Packet {
  char command = 0;
  std::string data;
};

std::string EncodePacket(Command command, absl::string_view data);

// Takes the first packet from what has come. Nothing: more is needed. INVALID_ARGUMENT if it is
// empty or longer than kMaxPacket.
absl::StatusOr<std::optional<Packet>> TakePacket(std::string& input);

// Strings that end with NUL, as the data of most commands are; NUL within becomes '?'.
std::string Strings(const std::vector<absl::string_view>& strings);

struct Negotiation {
  uint32_t version = kVersion;
  uint32_t capabilities = kCapabilities;
  uint32_t steps = kSteps;
};
std::string EncodeNegotiation(const Negotiation& offer);
// What the filter wants of it; INVALID_ARGUMENT if it wants something else.
absl::StatusOr<Negotiation> ParseNegotiation(const Packet& packet, const Negotiation& offer);

// Macros that go before `command`.
std::string EncodeMacros(Command command,
                         const std::vector<std::pair<absl::string_view, std::string>>& macros);

// The client: its name or its address in brackets, and the address in text form.
std::string EncodeConnect(absl::string_view name, bool is_v6, uint16_t port,
                          absl::string_view address);

struct Reply {
  enum class Kind {
    kContinue,
    kAccept,
    kReject,
    kTempfail,
    kDiscard,
    kReplyCode,
    kProgress,
    kSkip,
    // At the end of the message:
    kAddHeader,
    kInsertHeader,
    kChangeHeader,
    kReplaceBody,
    kAddRecipient,
    kDeleteRecipient,
    kChangeSender,
    kQuarantine,
  };
  Kind kind = Kind::kContinue;
  uint32_t index = 0;  // of a field
  std::string first;   // a field's name, an address, part of a body, the reason of a quarantine
  std::string second;  // a field's value
  uint16_t code = 0;   // of kReplyCode: 4yz or 5yz, and what follows it
  std::string status;  // "5.7.1", of the same class
  std::string text;    // its lines with LF between them
};

// INVALID_ARGUMENT for what is no reply, or one whose data are not of its form. Addresses come
// without brackets; they and the names and values of fields are not looked at further.
absl::StatusOr<Reply> ParseReply(const Packet& packet);

}  // namespace posthorn::filter::milter
