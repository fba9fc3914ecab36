// A mail transaction (RFC 5321 3.3): the envelope between MAIL and the end of the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "posthorn/v1/outbound.pb.h"
#include "smtp-gateway/parser/line_checker.h"
#include "smtp-gateway/session/message_receiver.h"

namespace posthorn::smtp {

struct Recipient {
  std::string forward_path;  // as the client wrote it
  std::string address;       // the same as it goes out (delivery_start.h)
  std::vector<uint64_t> account_ids;
  // Addresses elsewhere that get the mail: its own, or those that an address here forwards to.
  std::vector<std::string> outside;
  bool forwarded = false;          // `outside` gets it by way of an address here
  std::string original_recipient;  // ORCPT (RFC 3461 4.2), decoded: "rfc822;alice@example.org"
  uint32_t notify = v1::NOTIFY_DEFAULT;  // bits of v1::Notify

  // What it counts for in one delivery.
  size_t targets() const { return account_ids.size() + outside.size(); }
};

struct Transaction {
  bool started = false;           // MAIL was accepted
  uint64_t declared_octets = 0;   // SIZE (RFC 1870), 0 if not given
  v1::OutboundEnvelope envelope;  // the reverse-path, and what the parameters of MAIL said
  bool priority_lowered = false;  // MT-PRIORITY asked for more than a user may have
  std::vector<Recipient> recipients;
  size_t targets = 0;  // of all recipients together
  // Set from the first BDAT on: MAIL, RCPT and DATA are errors then (RFC 3030 2).
  std::unique_ptr<MessageReceiver> chunks;
  std::optional<LineChecker> chunk_lines;

  void Reset() { *this = Transaction(); }
};

}  // namespace posthorn::smtp
